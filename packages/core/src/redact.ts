const keyShapes = [/\b(sk|rk|pk|hf|gsk|xai)[-_][\w-]{8,}/g, /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi];
const secretNames = /(KEY|TOKEN|SECRET|PASSWORD)$/;

/**
 * Removes API keys from a text that is to be shown or written: servers echo them in their errors.
 * @param env the environment; every value of a variable whose name ends in KEY, TOKEN, SECRET or
 *   PASSWORD (of six characters or more) is taken out, besides everything that looks like a key
 */
export function redact(text: string, env: Record<string, string | undefined> = {}): string {
  let clean = text;
  for (const [name, value] of Object.entries(env))
    if (value && value.length >= 6 && secretNames.test(name))
      clean = clean.replaceAll(value, "[key removed]");
  for (const shape of keyShapes) clean = clean.replace(shape, "[key removed]");
  return clean.replace(/(https?:\/\/)[^\s/@]+@/g, "$1");
}
