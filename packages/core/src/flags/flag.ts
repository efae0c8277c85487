import type { Source } from "../data/sources.ts";
import { choice, type FlagType } from "./flag-values.ts";

/** The first stage whose result a flag changes; `none` changes no result. */
export type Changes = "create" | "train" | "evaluate" | "none";

/** A hyperparameter or other choice of the user, defined once for all stages. */
export interface Flag<T> {
  /** What stands for the value in the help, or null for a switch. */
  value: string | null;
  /** Reads the value's text. */
  type: FlagType<T>;
  /** The default, as a user would write it; null: none. */
  initial: string | null;
  changes: Changes;
  help: string;
  /** Whether a run of that source, with these flags, reads it; left out: every run does. */
  readBy?: (source: Source, flags: Readonly<Record<string, unknown>>) => boolean;
}

/** A flag with a default. */
export function flag<T>(
  value: string,
  type: FlagType<T>,
  initial: string,
  changes: Changes,
  help: string,
): Flag<T> {
  return { value, type, initial, changes, help };
}

/** A flag that need not have a value. */
export function optional<T>(
  value: string,
  type: FlagType<T>,
  changes: Changes,
  help: string,
): Flag<T | null> {
  return { value, type, initial: null, changes, help };
}

/** A switch. */
export function on(changes: Changes, help: string): Flag<boolean> {
  const type = choice("true", "false").transform((word) => word === "true");
  return { value: null, type: type as FlagType<boolean>, initial: "false", changes, help };
}
