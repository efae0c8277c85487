import { PassThrough, Readable } from "node:stream";
import {
  InterruptError,
  type Program,
  type Screen,
  type Surroundings,
} from "@seedling/core/internal";
import { onTestFinished } from "vitest";
import { tempFolder } from "./temp-folder.ts";

/** How a program ended, and what it printed. */
export interface ProgramEnd {
  /** The exit code. */
  code: number;
  out: string;
  err: string;
}

/** What a test gives a program beside its arguments. Left out: no network, no keys, no input, a folder of its own. */
export interface ProgramOptions {
  env?: Record<string, string>;
  /** The folder that the user is in. */
  cwd?: string;
  fetch?: typeof fetch;
  /** Standard input: as a whole, or a stream. */
  input?: string | Readable;
  /** Keeps the standard input open though nothing comes. */
  waits?: boolean;
  /** The terminal that standard output is, in place of a pipe. */
  screen?: Screen;
  /** Receives standard output as it is printed, and a way to interrupt the program. */
  onOutput?: (out: string, interrupt: () => void) => void;
  /** Ends the program where it prints nothing that onOutput could wait for. */
  stop?: AbortController;
}

/**
 * Runs an entry in this process, as its own process would.
 * @param args the command line, in words or as one text whose words hold no space
 */
export async function runProgram(
  program: Program,
  args: string | readonly string[],
  {
    env = {},
    cwd,
    fetch = noNetwork,
    input = "",
    waits = false,
    screen,
    onOutput,
    stop = new AbortController(),
  }: ProgramOptions = {},
): Promise<ProgramEnd> {
  onTestFinished(() => stop.abort(new InterruptError("the test is over")));
  const end = { out: "", err: "" };
  const collect = (name: keyof typeof end) => {
    const stream = new PassThrough({ encoding: "utf8" });
    stream.on("data", (text) => {
      end[name] += text;
      if (name === "out") onOutput?.(end.out, () => stop.abort(new InterruptError("interrupted")));
    });
    return stream;
  };
  const io: Surroundings = {
    argv: typeof args === "string" ? args.split(" ").filter((word) => word !== "") : args,
    env,
    cwd: cwd ?? tempFolder(),
    stdin: waits ? new PassThrough() : typeof input === "string" ? Readable.from([input]) : input,
    stdout: screen ?? collect("out"),
    stderr: collect("err"),
    openNetwork: async () => fetch,
    signal: stop.signal,
  };
  const code = await program(io);
  return { code, ...end };
}

/** A fetch for tests that must not need a network. */
export const noNetwork: typeof fetch = async (url) => {
  throw new Error(`this test has no network, but ${url} was asked`);
};
