import { createInterface } from "node:readline";
import type { WriteStream } from "node:tty";
import type { Env } from "../logs/paths.ts";
import { ExpectedError, FlagError, toMessage } from "../messages/errors.ts";
import { renderMessage } from "../messages/plain-text.ts";
import { hasColors, paint } from "./paint.ts";

/** The surroundings of a program: those of its process, or those that a test gives. */
export interface Surroundings {
  argv: readonly string[];
  env: Env;
  cwd: string;
  stdin: NodeJS.ReadableStream;
  stdout: Screen;
  stderr: Pick<Screen, "write" | "isTTY">;
  /** Opens the network for replies that take up to so many seconds. */
  openNetwork: (seconds: number) => Promise<typeof fetch>;
  /** Aborted by an interrupt (the reason is an InterruptError), or by a bug that nothing caught (its error). */
  signal: AbortSignal;
}

/** What a program's work gets from its entry. */
export interface Context {
  env: Env;
  fetch: typeof fetch;
  /** Prints a message on standard output, as `renderMessage` makes it. */
  log: (line: string) => void;
  /** Lines that are drawn again and again below the printed ones; null where nobody would see them: print lines then. */
  panel: Panel | null;
  /**
   * Registers what to save and report, the latest first, should the user interrupt now. What is saved is saved at once;
   * only a report may take time. Returns a function that takes it back.
   */
  onInterrupt: (leave: () => string | Promise<string>) => () => void;
}

/** The context of a small command, which may read and write as it likes. */
export interface CommandContext extends Context, Pick<Surroundings, "stdin" | "stdout" | "signal"> {
  /** The folder that relative paths are meant from: where npm or turbo was called. */
  folder: string;
  /** Prints a message on standard error in the same way. */
  complain: (line: string) => void;
}

export class InterruptError extends ExpectedError {
  override name = "InterruptError";
}

/**
 * Does a program's work and says how it failed, at one place: every message passes `renderMessage`, and only a
 * bug keeps its stack. The network is not opened: a program that only prints its help needs none.
 * @returns the exit code: the work's own; 2 for a bad flag, 1 for another failure, 130 for an interrupt,
 *   0 where that is how it ends
 */
export async function runWork(
  surroundings: Surroundings & { endsByInterrupt?: boolean },
  work: (ctx: Omit<CommandContext, "fetch">) => Promise<number>,
): Promise<number> {
  const { env, cwd, stdin, stdout, stderr, signal, endsByInterrupt } = surroundings;
  const render = (text: string, screen: Pick<Screen, "isTTY">) => {
    const message = renderMessage(text, env);
    return hasColors(screen, env) ? paint(message) : message;
  };
  const clean = (text: string) => render(text, stdout);
  const panel = isDrawable(stdout, env) ? await openPanel(stdout, clean) : null;
  const log = (line: string) => {
    const print = () => void stdout.write(`${clean(line)}\n`);
    panel ? panel.above(print) : print();
  };
  const complain = (line: string) => {
    panel?.clear();
    stderr.write(`${render(line, stderr)}\n`);
  };
  const leaving = new Set<() => string | Promise<string>>();
  const leave = (reports: readonly string[]): number => {
    if (endsByInterrupt) {
      log(["", ...reports.toReversed()].join("\n"));
      return 0;
    }
    complain(["interrupted", ...reports.toReversed()].join("; "));
    return 130;
  };
  const fail = (error: unknown): number | Promise<number> => {
    if (error instanceof InterruptError) {
      const reports = Array.from(leaving, (report) => report());
      const isReady = (each: typeof reports): each is string[] =>
        each.every((report) => typeof report === "string");
      return isReady(reports) ? leave(reports) : Promise.all(reports).then(leave);
    }
    const stack = error instanceof Error ? error.stack : undefined;
    complain(error instanceof ExpectedError ? error.message : (stack ?? toMessage(error)));
    return error instanceof FlagError ? 2 : 1;
  };
  // What is open is saved, and said, at once, before any other code runs: a panel's library may end the process then.
  const stopped = new Promise<number>((resolve) => {
    const stop = () => {
      try {
        const code = fail(signal.reason);
        resolve(typeof code === "number" ? code : code.catch(fail));
      } catch (error) {
        resolve(fail(error)); // what is open could not be saved
      }
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  const ctx = {
    env,
    log,
    complain,
    panel,
    onInterrupt(leave: () => string | Promise<string>) {
      leaving.add(leave);
      return () => void leaving.delete(leave);
    },
    stdin,
    stdout,
    signal,
    folder: env.TURBO_INVOCATION_DIR ?? env.INIT_CWD ?? cwd,
  };
  try {
    const ended = work(ctx).then(
      (code) => (signal.aborted ? stopped : code),
      (error) => (signal.aborted ? stopped : fail(error)),
    );
    return await Promise.race([stopped, ended]);
  } finally {
    panel?.clear();
  }
}

/** Lines at the bottom of a terminal that are drawn again and again. */
export type Panel = Omit<Awaited<ReturnType<typeof openPanel>>, "above">;

export type Screen = NodeJS.WritableStream &
  Partial<Pick<WriteStream, "isTTY" | "columns" | "rows">>;

/**
 * Whether a user would see a drawn panel. Turbo passes on whole lines and lets stdout claim to be a terminal, except
 * in its own terminal view; a terminal that nobody looks at has no size.
 */
export function isDrawable(
  { isTTY, columns = 0, rows = 0 }: Partial<Pick<Screen, "isTTY" | "columns" | "rows">>,
  env: NodeJS.ProcessEnv,
): boolean {
  const passedOn = Boolean(env.TURBO_HASH) && !env.TURBO_IS_TUI;
  const seen = Boolean(isTTY) && columns > 0 && rows > 0;
  return seen && !passedOn && !env.CI && env.TERM !== "dumb";
}

/**
 * Opens a panel on a terminal. While something is drawn the cursor is hidden.
 * @param clean removes what must not be shown
 */
export async function openPanel(screen: Screen, clean: (text: string) => string) {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(screen as WriteStream);
  let drawn: string | null = null;
  const clear = (): void => {
    if (drawn === null) return;
    drawn = null;
    update.clear();
    update.done();
  };
  return {
    get columns(): number {
      return screen.columns ?? 80;
    },
    draw(lines: readonly string[]): void {
      drawn = clean(lines.join("\n"));
      update(drawn);
    },
    clear,
    /** Prints above what is drawn. */
    above(print: () => void): void {
      const under = drawn;
      if (under !== null) update.clear();
      print();
      if (under !== null) update(under);
    },
  };
}

/** Questions to whoever is at the other end of a program's input and output: a terminal, or a pipe. */
export type Dialogue = ReturnType<typeof openDialogue>;

/** Opens a dialogue. A pipe's lines may come before they are asked for. */
export function openDialogue({
  stdin,
  stdout,
  env,
}: Pick<CommandContext, "stdin" | "stdout" | "env">) {
  const terminal = Boolean(stdout.isTTY && "isTTY" in stdin && stdin.isTTY);
  const lines = createInterface({ input: stdin, output: stdout, terminal });
  const answers = lines[Symbol.asyncIterator]();
  // A terminal that is read by the key sends Ctrl+C as one; elsewhere it is a signal of the process.
  const interrupted = new Promise<never>((_, reject) =>
    lines.once("SIGINT", () => reject(new InterruptError("interrupted"))),
  );
  interrupted.catch(() => {});
  return {
    /** @returns the line that was typed, or null if the input has ended @throws InterruptError at Ctrl+C */
    async ask(question: string): Promise<string | null> {
      lines.setPrompt(renderMessage(question, env));
      lines.prompt();
      const { value, done } = await Promise.race([answers.next(), interrupted]);
      if (!done) return String(value);
      stdout.write("\n");
      return null;
    },
    close: (): void => lines.close(),
  };
}
