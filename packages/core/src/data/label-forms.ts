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
 * Explains the first of some texts that is none of the expected ones, but looks like one, by the code points that differ.
 * @returns the rest of a sentence, or "" where none looks like one
 */
export function explainForms(texts: readonly string[], expected: readonly string[]): string {
  const known = new Set(expected);
  const others = texts.filter((one) => !known.has(one));
  // Of those that look the same the first.
  const byForm = new Map(expected.map((one) => [foldForm(one), one] as const).reverse());
  for (const text of others) {
    const option = byForm.get(foldForm(text));
    if (option === undefined) continue;
    const [has, wants] = [Array.from(text), Array.from(option)];
    let start = 0;
    while (start < has.length && has[start] === wants[start]) start += 1;
    let end = 0;
    const most = Math.min(has.length, wants.length) - start;
    while (end < most && has.at(-1 - end) === wants.at(-1 - end)) end += 1;
    const [own, other] = [has, wants].map((all) => renderCodes(all.slice(start, all.length - end)));
    return `; ${quote(text)} has ${own} where ${quote(option)} has ${other}, at letter ${start + 1}`;
  }
  return "";
}

/** Whether two of the labels differ in nothing that shows, but for case. @returns the second of them */
export function findTwin(labels: readonly string[]): string | undefined {
  const shown = new Set<string>();
  return labels.find((label, i) => {
    const ignorable = /\p{Default_Ignorable_Code_Point}/gu;
    shown.add(label.normalize("NFC").replace(ignorable, "").replace(/\s+/g, " "));
    return shown.size <= i;
  });
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
