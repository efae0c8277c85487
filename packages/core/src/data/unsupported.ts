/** What there is, where a file asks for something else. */
const supported =
  "supported are one label out of the same few for each text (classification), and one right option among each example's own (multiple choice)";

/** Why a list as a label is refused, in words that follow the file and line. */
export const multiLabel = `several labels for one example (multi-label) are not supported; ${supported}: make one task for each label, with the answers yes and no`;

const number = /^[+-]?(\d+([.,]\d+)?|[.,]\d+)(e[+-]?\d+)?%?$/i;

/** Examples from which on labels that hardly repeat are no accident. */
const fewRows = 20;

/**
 * Tells by the form of a file's labels that it is for something that is not done here: several labels an example, a
 * number (regression), or a free text.
 * @param labels the distinct ones of a file whose examples have no options of their own
 * @param rows how many examples there are
 * @returns what is not supported, and what is; null: nothing speaks against them
 */
export function explainUnsupported(labels: ReadonlySet<string>, rows: number): string | null {
  const all = [...labels];
  const lists = all.filter((label) => /^\[.*\]$/s.test(label.trim()));
  if (lists.length > all.length / 2) return multiLabel;
  const areNumbers = all.every((label) => number.test(label.trim()));
  if (areNumbers && (all.length > 20 || (all.length > 5 && all.length > rows / 2)))
    return `labels that are ${all.length} different numbers (regression) are not supported; ${supported}: make classes of them, such as low, middle and high`;
  if (rows >= fewRows && all.length >= 0.9 * rows)
    return `${all.length} different labels in ${rows} examples (free text as the answer) are not supported; ${supported}`;
  return null;
}
