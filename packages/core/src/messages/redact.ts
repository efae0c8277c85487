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
