/**
 * A text to be encoded. Where it holds an option, truncation takes the end of what stands behind this, a context,
 * then the end of what stands before it, a question.
 */
export type EmbedText = string | TextWithOption;

export interface TextWithOption {
  text: string;
  /** Where the option begins and where it ends, in UTF-16 units. */
  option: readonly [from: number, to: number];
}

export function toText(given: EmbedText): string {
  return typeof given === "string" ? given : given.text;
}

/** A text as the model is given it. */
export function prepareText(
  given: EmbedText,
  { prompt, lowerCase }: { prompt: string; lowerCase: boolean },
): EmbedText {
  const change = (text: string) => (lowerCase ? text.toLowerCase() : text);
  if (typeof given === "string") return change(prompt + given);
  const [from, to] = given.option;
  const before = change(prompt + given.text.slice(0, from));
  const option = change(given.text.slice(from, to));
  const text = before + option + change(given.text.slice(to));
  return { text, option: [before.length, before.length + option.length] };
}

/** Names a text: one that holds an option is truncated otherwise than the same text without. */
export function nameText(given: EmbedText): string {
  return typeof given === "string" ? given : `\0${given.option}\0${given.text}`;
}

/** A text's token ids without special ones. */
export interface TokenizedText {
  ids: number[];
  /** Counts the tokens before its option, and with it; of a text without one, all. */
  findOption: () => readonly [from: number, to: number];
}

/** Tokenizes a text. @param encode words at whose ends texts can be taken apart: a beginning gives the first ids */
export function tokenizeText(encode: (text: string) => number[], given: EmbedText): TokenizedText {
  const text = toText(given);
  const ids = encode(text);
  const count = (end: number) =>
    end === 0 ? 0 : Math.min(ids.length, encode(text.slice(0, end)).length);
  const findOption = () => {
    if (typeof given === "string") return [ids.length, ids.length] as const;
    const [from, to] = given.option;
    return [count(from), count(to)] as const;
  };
  return { ids, findOption };
}

/**
 * Truncates the tokens of one text or two, the option in the last of them, to a room: the end of what is behind the
 * option first, then the end of what is before it. An option keeps half of the room, and what the question leaves of
 * the other half; only what is longer is taken from its own end.
 * @returns the ids of each text that are kept, and whether tokens of the option are not
 */
export function truncateTexts(texts: readonly TokenizedText[], room: number) {
  const whole = texts.map(({ ids }) => ids);
  const count = whole.reduce((sum, ids) => sum + ids.length, 0);
  const last = texts.at(-1);
  if (count <= room || !last) return { texts: whole, cutsOption: false };
  const ahead = count - last.ids.length;
  const [from = 0, to = 0] = last.findOption().map((at) => ahead + at);
  const option = Math.min(to - from, Math.max(Math.floor(room / 2), room - from));
  const before = Math.min(from, room - option);
  const after = room - before - option;
  const isKept = (at: number) =>
    at < before || (at >= from && at < from + option) || (at >= to && at < to + after);
  let next = 0;
  return {
    texts: whole.map((ids) => ids.filter(() => isKept(next++))),
    cutsOption: option < to - from,
  };
}
