import { randomUUID } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { Socket } from "node:net";
import { dirname, resolve } from "node:path";
import {
  appendWhole,
  ExpectedError,
  FlagError,
  makeFolder,
  toMessage,
} from "@seedling/core/internal";

/** Where labelled lines go. */
export interface Output {
  write: (text: string) => Promise<void>;
  /** Closes it; a regular file gets its name only now. */
  keep: () => Promise<void>;
  /** Gives up: of a regular file nothing is left. @returns what became of it, in words */
  leave: () => string;
}

/**
 * Opens what `--out` names: a regular file, which is written beside its place and then renamed; a device or a pipe,
 * written as it is; or a link to any of these.
 * @param log says that a pipe's reader is waited for
 * @throws FlagError if it is a folder, or cannot be written
 */
export async function openOutput(path: string, log: (line: string) => void): Promise<Output> {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() || path.endsWith("/")) throw new Error("it is a folder");
    if (found?.isSocket()) throw new Error("it is a socket");
    if (found?.isFIFO()) return await openPipe(path, log);
    const isOpen = /^\/(dev|proc)\//.test(path); // such as /dev/stdout: somebody's file that is open already
    if (found && (isOpen || !found.isFile())) return await openInPlace(path);
    return openPart(followLink(path), found);
  } catch (cause) {
    throw new FlagError(`--out: cannot write ${path}: ${toMessage(cause)}`, { cause });
  }
}

/** The path that a link leads to, whether there is a file or not. */
function followLink(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  return followLink(resolve(realpathSync(dirname(path)), readlinkSync(path)));
}

function openPart(path: string, found: Stats | undefined): Output {
  if (found) accessSync(path, constants.W_OK);
  makeFolder(dirname(path));
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  const file = openSync(part, "wx");
  if (found) fchmodSync(file, found.mode);
  let end = 0;
  return {
    write: (text) =>
      attempt(path, () => {
        const bytes = Buffer.from(text);
        appendWhole(file, bytes, end);
        end += bytes.length;
      }),
    keep: () =>
      attempt(path, () => {
        fsyncSync(file);
        closeSync(file);
        renameSync(part, path);
      }),
    leave() {
      rmSync(part, { force: true });
      return "nothing was written";
    },
  };
}

async function openInPlace(path: string): Promise<Output> {
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND);
  return {
    write: (text) => attempt(path, () => file.writeFile(text)),
    keep: () => attempt(path, () => file.close()),
    leave: () => `${path} has what was labelled until then`,
  };
}

const longestWait = 10_000;

/** Opens a pipe without waiting for it in a thread, which would keep the process from ending. */
async function openPipe(path: string, log: (line: string) => void): Promise<Output> {
  const stream = new Socket({ fd: await openForReader(path, log), readable: false });
  let failure: Error | null = null;
  stream.on("error", (error) => {
    failure = error;
  });
  const write = (text: string) =>
    attempt(path, () => {
      if (failure) throw failure;
      return new Promise<void>((written, fail) =>
        stream.write(text, (error) => (error ? fail(error) : written())),
      );
    });
  return {
    write,
    keep: () => attempt(path, () => new Promise((ended) => stream.end(() => ended()))),
    leave: () => `${path} has what was labelled until then`,
  };
}

async function openForReader(path: string, log: (line: string) => void): Promise<number> {
  const end = Date.now() + longestWait;
  for (let isSaid = false; ; isSaid = true) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENXIO") throw error;
      if (Date.now() > end) throw new Error("nobody reads this pipe");
      if (!isSaid) log(`waiting for a reader of ${path}`);
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
}

async function attempt(path: string, action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (cause) {
    throw new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
  }
}
