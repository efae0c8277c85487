import { z } from "zod";
import type { Source } from "../data/sources.ts";
import type { FlagType } from "./flag-values.ts";

/** The first stage whose result a flag changes; `none` changes no result. */
export type Changes = "create" | "train" | "evaluate" | "none";

/** A hyperparameter or other choice of the user, defined once for all stages. */
export interface Flag<T> {
  /** The value's name in the help, or null for a switch. */
  value: string | null;
  type: FlagType<T>;
  /** The default, as a user would write it; null: none. */
  initial: string | null;
  changes: Changes;
  help: string;
  /** Whether a run of that source, with these flags, reads it; left out: every run does. */
  readBy?: (source: Source, flags: Readonly<Record<string, unknown>>) => boolean;
}

/** Creates the builders of a table of flags that change the result of one stage. */
export function flagsOf(changes: Changes) {
  type ReadBy = Flag<unknown>["readBy"];
  const build = <T>(type: FlagType<T>, initial: string | null, help: string, readBy?: ReadBy) => {
    const value = type.description ?? null;
    return { value, type, initial, changes, help, ...(readBy && { readBy }) };
  };
  return {
    flag: <T>(type: FlagType<T>, initial: string, help: string, readBy?: ReadBy): Flag<T> =>
      build(type, initial, help, readBy),
    /** A flag that need not have a value. */
    optional: <T>(type: FlagType<T>, help: string, readBy?: ReadBy): Flag<T | null> =>
      build<T | null>(type, null, help, readBy),
    on: (help: string): Flag<boolean> => build(switchType, "false", help),
  };
}

const switchType = z
  .enum(["true", "false"], "expected true or false")
  .transform((word) => word === "true");
