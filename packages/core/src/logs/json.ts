/** Matches a JSON string, closed or not, or a number. */
const token = /"(?:[^"\\]|\\[\s\S])*(?:"|$)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Parses JSON; an integer beyond 2^53, which a number cannot hold, is the text of its digits. */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const quoted = text.replace(token, (one) =>
    /^-?[1-9]\d{15,}$/.test(one) && !Number.isSafeInteger(Number(one)) ? `"${one}"` : one,
  );
  return JSON.parse(quoted);
}
