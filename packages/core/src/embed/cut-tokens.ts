/** Text -> token ids, with the special tokens or without. */
export type Tokenize = (text: string, special: boolean) => number[];

/**
 * Opens the cut of long texts: content goes from the end, the special tokens round it stay, as in
 * the Python library. (transformers.js's own truncation would cut the closing one off.)
 */
export function openCut(tokenize: Tokenize) {
  const content = tokenize("a", false);
  const framed = tokenize("a", true);
  const before = framed.findIndex((_, at) => content.every((id, i) => framed[at + i] === id));
  const after = framed.length - content.length - before;

  /** The ids to encode, at most `longest`, and how many tokens there were. */
  return (text: string, longest: number): { ids: number[]; tokens: number } => {
    const all = tokenize(text, true);
    const end = all.length - after;
    const ids = all.slice(0, Math.min(end, longest - after)).concat(all.slice(end));
    return { ids, tokens: all.length };
  };
}
