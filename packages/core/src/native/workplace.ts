import type { Env } from "../logs/paths.ts";

/** What installing needs from outside. */
export interface Workplace {
  env: Env;
  /** The folder that relative paths are meant from. */
  from: string;
  /** Where tarballs are unpacked. */
  libraries: string;
  fetch: typeof fetch;
  /** Tells the user one line. */
  say: (line: string) => void;
  /** Stops the work; what was there before is put back. */
  signal: AbortSignal;
}
