/** A process's variables, or those of them that may hold keys. */
type Env = Record<string, string | undefined>;

// Written as {7} and +: V8 keeps a place on its stack for each sign beyond {8,}.
const keyShapes = [
  /\b((sk|rk|pk|xai)[-_]|(hf|gsk)_)[\w-]{7}[\w-]+/g,
  // A word that no one would write: with a digit, padding, or a capital inside.
  /\b([Bb]earer|[Bb]asic)\s+(?=[\w.~+/=-]*(\d|=|[a-z][A-Z]))[\w.~+/=-]{5}[\w.~+/=-]+/g,
];
const secretNames = /(KEY|TOKEN|SECRET|PASSWORD)$/;

const removed = "[key removed]";

/**
 * Removes API keys from a text that is to be shown or written: servers echo them in their errors. To be used before a
 * text is cut, escaped or wrapped.
 * @param env the environment; every value of a variable whose name ends in KEY, TOKEN, SECRET or PASSWORD (of six
 *   characters or more) is removed, of one of 20 or more also each part of 12 beyond its first 8 that holds a letter and
 *   a digit, the values in OPENAI_BASE_URL's query but `api-version`'s, and everything that looks like a key
 */
export function redact(text: string, env: Env = {}): string {
  const query = listQuery(env.OPENAI_BASE_URL);
  const secrets = [...listSecrets(env), ...query.map(({ value }) => value).filter(isLong)];
  const forms = [...new Set(secrets.flatMap(listForms))].sort((a, b) => b.length - a.length);
  let clean = text;
  for (const { pair, name } of query) clean = clean.replaceAll(pair, () => `${name}=${removed}`);
  for (const form of forms) clean = clean.replaceAll(form, removed);
  for (const secret of secrets) clean = removeParts(clean, secret);
  for (const shape of keyShapes) clean = clean.replace(shape, removed);
  return clean.replace(/(https?:\/\/)[^\s/?#]+@/g, "$1");
}

/** Removes a key where it was sent alone, as in a journal: a short one may be a word. */
export function removeKey(text: string, key: string | null): string {
  return key && isLong(key) ? text.replaceAll(key, removed) : text;
}

const isLong = ({ length }: string) => length >= 16;

function listSecrets(env: Env): string[] {
  return Object.entries(env)
    .flatMap(([name, value]) => (secretNames.test(name) && value ? [value.trim()] : []))
    .filter((value) => value.length >= 6);
}

/** A secret as it is, as a part of a JSON text, as a part of a URL, and its words. */
function listForms(secret: string): string[] {
  const words = secret.split(/\s+/).filter((word) => word.length >= 6 && /\d/.test(word));
  const encoded = encodeURIComponent(secret.replace(/\p{Surrogate}/gu, ""));
  return [secret, JSON.stringify(secret).slice(1, -1), encoded, ...words].filter(Boolean);
}

/** The values in a URL's query, as they are written there. */
function listQuery(url = "") {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? "";
  return query.split("&").flatMap((pair) => {
    const [name = "", ...rest] = pair.split("=");
    const value = rest.join("=");
    return value === "" || name === "api-version" ? [] : [{ pair, name, value }];
  });
}

/** Letters of a part that is removed, and those before the first such part, by which keys are told apart. */
const part = { length: 12, from: 8 };

function removeParts(text: string, secret: string): string {
  if (secret.length < 20) return text;
  const found: number[] = [];
  for (let i = part.from; i + part.length <= secret.length; i++) {
    const one = secret.slice(i, i + part.length);
    if (!/\p{L}/u.test(one) || !/\d/.test(one)) continue;
    for (let at = text.indexOf(one); at >= 0; at = text.indexOf(one, at + 1)) found.push(at);
  }
  let clean = "";
  let end = 0;
  for (const at of found.sort((a, b) => a - b)) {
    if (at >= end) clean += text.slice(end, at) + removed;
    end = at + part.length;
  }
  return clean + text.slice(end);
}
