/** An error that a user can mend: shown in our own words, without a stack. */
export class ExpectedError extends Error {
  override name = "ExpectedError";
}

/** A flag, or what it names, that cannot be used: nothing is started, exit code 2. */
export class FlagError extends ExpectedError {
  override name = "FlagError";
}

/** A text that an encoder has no weights for: an error of that text, not of others. */
export class TextError extends ExpectedError {
  override name = "TextError";
}

/** Another process works on the same folder, or it is another task's: nothing in it may be touched, and the stage ends. */
export class LockedError extends ExpectedError {
  override name = "LockedError";
}

export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error's message and that of its cause: fetch says only there what failed. */
export function explain(error: unknown): string {
  const cause =
    error instanceof Error && error.cause instanceof Error ? ` (${toMessage(error.cause)})` : "";
  return `${toMessage(error)}${cause}`;
}

/**
 * Does something with a file or folder.
 * @throws ExpectedError: its own, or one that says what cannot be read or written, and why
 */
export function tryFile<T>(verb: "read" | "write", path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof ExpectedError) throw cause;
    throw new ExpectedError(`cannot ${verb} ${path}: ${toMessage(cause)}`, { cause });
  }
}
