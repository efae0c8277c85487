import { spawn } from "node:child_process";
import type { Env } from "@seedling/core/internal";

/** A command's end, and what it printed. */
export interface Ended {
  /** Its exit code, or the signal or error that ended it. */
  status: number | string;
  out: string;
  err: string;
}

interface CommandOptions {
  env: Env;
  /** Stops it. */
  signal: AbortSignal;
  cwd?: string;
  /** Lets the user see what it prints, as it comes; it is then not returned. */
  shown?: boolean;
}

/**
 * Runs a command to its end. One that cannot be started has the status of that error, such as "ENOENT";
 * one that its signal stopped, "ABORT_ERR".
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { env, signal, cwd, shown = false }: CommandOptions,
): Promise<Ended> {
  const printed = { out: "", err: "" };
  const stdio = shown ? "inherit" : "pipe";
  const child = spawn(command, args, { env, signal, cwd, stdio: ["ignore", stdio, stdio] });
  child.stdout?.on("data", (text) => {
    printed.out += text;
  });
  child.stderr?.on("data", (text) => {
    printed.err += text;
  });
  return new Promise((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) =>
      resolve({ status: error.code ?? error.message, ...printed }),
    );
    child.on("close", (code, ended) => resolve({ status: code ?? ended ?? "unknown", ...printed }));
  });
}
