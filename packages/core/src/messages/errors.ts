/** An error that a user can mend: shown in our own words, without a stack. */
export class ExpectedError extends Error {
  override name = "ExpectedError";
}

/** A flag, or what it names, that cannot be used: nothing is started, exit code 2. */
export class FlagError extends ExpectedError {
  override name = "FlagError";
}

/** Another process works on the same folder: nothing in it may be touched, and the stage ends. */
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

const keyShapes = [
  /\b((sk|rk|pk|xai)[-_]|(hf|gsk)_)[\w-]{8,}/g,
  // A word that no one would write: with a digit, padding, or a capital inside.
  /\b([Bb]earer|[Bb]asic)\s+(?=[\w.~+/=-]*(\d|=|[a-z][A-Z]))[\w.~+/=-]{6,}/g,
];
const secretNames = /(KEY|TOKEN|SECRET|PASSWORD)$/;

/**
 * Removes API keys from a text that is to be shown or written: servers echo them in their errors.
 * @param env the environment; every value of a variable whose name ends in KEY, TOKEN, SECRET or
 *   PASSWORD (of six characters or more) is removed, and everything that looks like a key
 */
export function redact(text: string, env: Record<string, string | undefined> = {}): string {
  const secrets = Object.entries(env)
    .flatMap(([name, value]) => (secretNames.test(name) ? [value?.trim() ?? ""] : []))
    .filter((value) => value.length >= 6)
    .sort((a, b) => b.length - a.length);
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, "[key removed]");
  for (const shape of keyShapes) clean = clean.replace(shape, "[key removed]");
  return clean.replace(/(https?:\/\/)[^\s/?#]+@/g, "$1");
}
