import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { bundleScript } from "../../../scripts/bundle.mjs";

/** How a process ended, and what it printed. */
export interface ProcessEnd {
  /** The exit code; null where a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** What a process is started with. */
export interface ProcessOptions {
  /** Its environment beside what `machine` has. */
  env?: Record<string, string>;
  cwd?: string;
  /** Standard input as a whole; null keeps it open. */
  input?: string | null;
  /** Node's own flags. */
  flags?: readonly string[];
  /** Blocks of 512 bytes that a file may have: more is what a full disk is. */
  fileBlocks?: number;
  /** Receives standard output as it comes. */
  onOutput?: (out: string, child: ChildProcessWithoutNullStreams) => void;
}

/** A process of a test, killed when the test is over. */
export interface TestProcess {
  child: ChildProcessWithoutNullStreams;
  ended: Promise<ProcessEnd>;
}

/** What of this process's environment says where the machine's programs, folders and libraries are. */
const machine = Object.fromEntries(
  ["PATH", "HOME", "LD_LIBRARY_PATH", "VK_ICD_FILENAMES"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

/** Starts a script in a process of its own. */
export function startScript(
  path: string,
  args: readonly string[],
  { env = {}, cwd, input = "", flags = [], fileBlocks, onOutput }: ProcessOptions = {},
): TestProcess {
  // Beyond the limit a signal comes, whose default is the end of the process.
  const limit = fileBlocks && ["-c", `ulimit -f ${fileBlocks}; exec "$@"`, "sh", process.execPath];
  const ignore = ["--import", 'data:text/javascript,process.on("SIGXFSZ", () => {})'];
  const words = [...(limit ? [...limit, ...ignore] : []), ...flags, path, ...args];
  const child = spawn(limit ? "sh" : process.execPath, words, {
    cwd,
    env: { ...machine, ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const end = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    end.out += text;
    onOutput?.(end.out, child);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    end.err += text;
  });
  child.stdin.on("error", () => {}); // a process may end before it has read
  if (input !== null) child.stdin.end(input);
  const ended = new Promise<ProcessEnd>((resolve) =>
    child.on("close", (code, signal) => resolve({ ...end, code, signal })),
  );
  return { child, ended };
}

/** The path of a bundled entry, by its name in scripts/bundle.mjs. */
export function findEntry(name: "creator" | "trainer" | "eval" | "seedling"): string {
  const folder = process.env.SEEDLING_BUNDLE;
  if (!folder) throw new Error("vitest.shared.ts sets SEEDLING_BUNDLE");
  return join(folder, `${name}.js`);
}

/**
 * Bundles a module text as a script for a process of its own.
 * @param folder the folder that its imports are relative to
 * @returns its path
 */
export function buildScript(text: string, folder: string): Promise<string> {
  return bundleScript(text, folder);
}

/** Runs a module text in a process of its own, to its end. */
export async function runScript(
  text: string,
  folder: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<ProcessEnd> {
  return startScript(await buildScript(text, folder), args, { cwd: folder, ...options }).ended;
}
