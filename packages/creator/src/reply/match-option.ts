import { toComparable } from "@seedling/core/internal";

/** What of a reading was forgiven; the manifest counts kept examples by it. */
export type ReadingRule = (typeof readingRules)[number];

/** Every rule that reads what is not written as the formatting example is, where it can mean one thing only. */
const readingRules = [
  "read in other quotes",
  "read without its full stop",
  "read in other case",
  "read with other hyphens",
  "read Yes as True",
  "read by letter",
  "read by number",
  "read options without their letters",
  "read options from an object",
  "read options of the whole reply",
  "read answer from a list or object",
  "read in another order",
  "read by another key",
] as const;

/** An option that a text is, and what was forgiven; null: nothing. */
export interface OptionMatch {
  index: number;
  rule: ReadingRule | null;
}

/** Each rule forgives what those before it do, and something more. */
const foldings: [rule: ReadingRule | null, fold: (text: string) => string][] = [
  [null, (text) => toComparable(text, "NFC").trim()],
  ["read in other quotes", withoutQuotes],
  ["read without its full stop", (text) => text.replace(/(?<=[\p{L}\p{N}"')\]%])[.。．]$/u, "")],
  ["read in other case", (text) => toComparable(text, "NFKC").toLowerCase().replace(/\s+/g, " ")],
  ["read with other hyphens", foldHyphens],
];

/** Hyphens and underscores beside letters as spaces: not a minus sign, nor that of a range. */
export function foldHyphens(text: string): string {
  return text.replace(/(?<=\p{L})[-_‐‑‒–]+(?=[\p{L}\p{N}])|(?<=\p{N})[-_‐‑‒–]+(?=\p{L})/gu, " ");
}

/** A text in straight quotes, without those round the whole of it, nor marks of emphasis. */
function withoutQuotes(text: string): string {
  const straight = text.replace(/[‘’‚‛`´]/g, "'").replace(/[“”„‟«»]/g, '"');
  return /^(\*\*|["'*])(.+)\1(\.?)$/s.exec(straight)?.slice(2).join("").trim() ?? straight;
}

/**
 * Finds the option that the whole of a text is, by the strictest rule that finds one. A repeated option text
 * means its first position.
 * @returns null if it is none, or options differ only in what is forgiven
 */
export function matchOption(text: string, options: readonly string[]): OptionMatch | null {
  let said = text;
  for (const [level, [rule, fold]] of foldings.entries()) {
    said = fold(said);
    const index = said === "" ? undefined : foldOptions[level]?.(options).indices.get(said);
    if (index === undefined) continue;
    const alike = foldOptions.at(rule === null ? level : -1)?.(options);
    return alike?.ambiguous.has(alike.texts[index] ?? "") ? null : { index, rule };
  }
  return matchTruth(said, options);
}

/** Remembers what is made of options, the same for all replies: there may be 100,000 labels. */
export function rememberOptions<T extends object>(make: (options: readonly string[]) => T) {
  const known = new WeakMap<readonly string[], T>();
  return (options: readonly string[]): T => {
    const made = known.get(options) ?? make(options);
    known.set(options, made);
    return made;
  };
}

/** The texts of folded options, the first index of each text, and those that different options have. */
interface FoldedOptions {
  texts: readonly string[];
  indices: Map<string, number>;
  ambiguous: Set<string>;
}

/** Folds options by each rule and those before it. */
const foldOptions: ((options: readonly string[]) => FoldedOptions)[] = foldings.map(
  ([, fold], level) =>
    rememberOptions((options) => {
      const texts = (foldOptions[level - 1]?.(options).texts ?? options).map((one) => fold(one));
      const indices = new Map<string, number>();
      const ambiguous = new Set<string>();
      for (const [i, one] of texts.entries()) {
        const first = indices.get(one) ?? i;
        indices.set(one, first);
        if (options[first] !== options[i]) ambiguous.add(one);
      }
      return { texts, indices, ambiguous };
    }),
);

/** Folds a text by all that is forgiven. */
function foldAll(text: string): string {
  return foldings.reduce((folded, [, fold]) => fold(folded), text);
}

const truths: Partial<Record<string, string>> = Object.assign(Object.create(null), {
  yes: "true",
  no: "false",
  true: "yes",
  false: "no",
});

const truthLetters = ["true", "false", "yes", "no"];

/** The same options in the other words, as Yes and No for True and False; null: they are others. */
export function toOtherTruths(options: readonly string[]): string[] | null {
  if (options.length !== 2) return null;
  const others = options.map((option) => truths[foldAll(option)] ?? "");
  return others.includes("") ? null : others;
}

/** Matches Yes or T with True and No or F with False where these are all the options, and the other way round. */
function matchTruth(said: string, options: readonly string[]): OptionMatch | null {
  const others = toOtherTruths(options);
  const word = truthLetters.find((one) => one === said || one[0] === said);
  if (!others || !word) return null;
  const index = Math.max(others.indexOf(word), options.map(foldAll).indexOf(word));
  return index >= 0 ? { index, rule: "read Yes as True" } : null;
}

/** Options as a model numbered them. */
export interface MarkedOptions {
  texts: string[];
  /** Their letters or numbers, in upper case; null: they have none. */
  marks: string[] | null;
}

/** From 0 to 99. */
const mostMarks = 100;

const marked =
  /^(?:[([]([A-Z]|\d{1,2}|[IVX]{1,5})[)\]]\s*|([A-Z]|\d{1,2}|[IVX]{1,5})(?:\)\s*|[.:]\s+)|([A-Z]) [-–—] )(\S.*)$/is;

/** Takes off the letters or numbers that all options carry, in order; null: they do not. */
export function withoutMarks(options: readonly string[]): MarkedOptions | null {
  if (options.length > mostMarks) return null;
  const matches = options.map((option) => marked.exec(option.trim()));
  const texts = matches.map((match) => match?.[4]?.trim() ?? "");
  const marks = matches.map((match) =>
    (match?.[1] ?? match?.[2] ?? match?.[3] ?? "").toUpperCase(),
  );
  return isSequence(marks) && new Set(texts).size === texts.length ? { texts, marks } : null;
}

/** Whether marks are A, B, C and so on, numbers from 0 or 1, or Roman ones. */
export function isSequence(marks: readonly string[]): boolean {
  return ["A", "0", "1", "I"].some((first) => marks.every((mark, i) => mark === nthMark(first, i)));
}

const romans = "I II III IV V VI VII VIII IX X".split(" ");

function nthMark(first: string, n: number): string | undefined {
  if (first === "I") return romans[n];
  return first === "A" ? String.fromCharCode(65 + n) : String(Number(first) + n);
}

const markLead =
  /^(?:(?:it is|it's|i(?:'d| would)? (?:choose|pick|select|go with)) )?(?:(?:the )?(?:(?:(?:final|correct|right|best) )?(?:answer|option|choice)|letter|number)(?: is)?:?\s*){0,2}/i;
const markAnswer =
  /^[([]?([A-Z]|\d{1,2}|[IVX]{2,5})(?:[)\]]?[.:]?|(?:[)\]][.:]?\s*|[.:,]\s+|\s+(?:[-–—:]\s*)?)(\S.*))$/is;

/** Matches an option's text before its mark in brackets. */
const markBehind = /^(\S.*?) ?[([]([A-Z]|\d{1,2}|[IVX]{2,5})[)\]]\.?$/is;

/**
 * Finds the option that an answer names by its letter or number, alone or beside the option's own text. An
 * option that is itself one of these letters or numbers is meant by its text alone.
 * @param marks the options' own; null: letters in their order
 */
export function matchMark(
  answer: string,
  options: readonly string[],
  marks: readonly string[] | null,
): OptionMatch | null {
  const all = marks ?? options.slice(0, mostMarks).map((_, i) => nthMark("A", i));
  if (options.some((option) => all.includes(option.trim().toUpperCase()))) return null;
  const plain = toComparable(answer, "NFKC").replaceAll("**", "").trim();
  const said = withoutQuotes(withoutQuotes(plain).replace(markLead, ""));
  for (const one of [said, said.replace(markBehind, "$2. $1")]) {
    const [, mark = "", text] = markAnswer.exec(one) ?? [];
    const index = all.indexOf(mark.toUpperCase());
    if (index < 0 || (text !== undefined && matchOption(text, options)?.index !== index)) continue;
    return { index, rule: /^\d/.test(mark) ? "read by number" : "read by letter" };
  }
  return null;
}
