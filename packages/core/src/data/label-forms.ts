/** Folds what people do not see, or read as the same: case, blanks, hyphens, quotes, and letters that show nothing. */
function foldForm(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/\s+/g, " ")
    .replace(/[‐‒–—−]/g, "-")
    .replace(/[‘’ʼ]/g, "'")
    .replace(/[“”]/g, '"')
    .trim()
    .toLowerCase();
}

/**
 * Explains a text that is none of some options, but looks like one of them, by the code points that differ.
 * @returns the rest of a sentence, or "" where it looks like none
 */
export function explainForm(text: string, options: readonly string[]): string {
  const folded = foldForm(text);
  const option = options.find((one) => foldForm(one) === folded);
  if (option === undefined || option === text) return "";
  const [got, expected] = [Array.from(text), Array.from(option)];
  let start = 0;
  while (start < got.length && got[start] === expected[start]) start += 1;
  let end = 0;
  const most = Math.min(got.length, expected.length) - start;
  while (end < most && got.at(-1 - end) === expected.at(-1 - end)) end += 1;
  const [has, wants] = [got, expected].map((all) =>
    renderCodes(all.slice(start, all.length - end)),
  );
  return `; ${quote(text)} has ${has} where ${quote(option)} has ${wants}, at letter ${start + 1}`;
}

/** Explains the first of an example's options that looks like an expected one without being it. */
export function explainForms(options: readonly string[], expected: readonly string[]): string {
  for (const option of options) {
    const why = expected.includes(option) ? "" : explainForm(option, expected);
    if (why) return why;
  }
  return "";
}

/** Whether two of the labels differ in nothing that shows, but for case. @returns the second of them */
export function findTwin(labels: readonly string[]): string | undefined {
  const shown = labels.map((one) =>
    one
      .normalize("NFC")
      .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
      .replace(/\s+/g, " "),
  );
  return labels.find((_, i) => shown.indexOf(shown[i] as string) < i);
}

/** A label in quotes, truncated to 80 letters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

const shownCodes = 8;

function renderCodes(letters: readonly string[]): string {
  if (letters.length === 0) return "nothing";
  const codes = letters
    .slice(0, shownCodes)
    .map(
      (letter) => `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
    );
  return codes.join(" ") + (letters.length > shownCodes ? " …" : "");
}
