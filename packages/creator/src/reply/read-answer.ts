import type { Completion } from "../llm/chat.ts";
import { findObjects } from "./find-objects.ts";
import { withoutReasoning } from "./read-reply.ts";

/**
 * Finds the option that a reply chooses: by JSON, by the bare text, or in prose, if only one can be meant.
 * A repeated option text means its first position.
 * @returns its index, or null where the reply is a refusal, chooses none or more than one
 */
export function readAnswer(
  { text, refusal }: Completion,
  options: readonly string[],
): number | null {
  if (refusal !== null) return null;
  const answer = withoutReasoning(text).trim();
  const answers = findAnswers(answer);
  const chosen = (answers.length > 0 ? answers : [answer]).map((one) => findOption(one, options));
  return onlyOne(chosen);
}

/** Finds the values of the key `answer` in a reply's JSON objects, as texts. */
function findAnswers(text: string): string[] {
  return findObjects(text)
    .flatMap((object) => Object.entries(parseObject(object)))
    .filter(([key]) => key.trim().toLowerCase() === "answer")
    .map(([, value]) => (typeof value === "string" ? value : JSON.stringify(value)));
}

function parseObject(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

/** Returns the one value that all of them are; null if there is none, or several. */
function onlyOne(values: readonly (number | null)[]): number | null {
  const [first, ...others] = new Set(values);
  return others.length === 0 ? (first ?? null) : null;
}

/** Finds the option that a text is or names. */
function findOption(text: string, options: readonly string[]): number | null {
  const exact = options.indexOf(text.trim());
  if (exact >= 0) return exact;
  const plain = strip(text);
  const same = options.flatMap((option, i) => (strip(option) === plain ? [i] : []));
  if (plain !== "" && same.length > 0)
    return new Set(same.map((i) => options[i])).size === 1 ? (same[0] as number) : null;
  return findInProse(text, options);
}

/** Folds case, kinds of quotes and white space; a line ends a sentence. */
function fold(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .trim()
    .replace(/[‘’`]/g, "'")
    .replace(/\s+/g, (space) => (space.includes("\n") ? ". " : " "));
}

/** Strips a folded text to what stands from its first letter or digit to the last one. */
function strip(text: string): string {
  return /[\p{L}\p{N}](.*[\p{L}\p{N}])?/su.exec(fold(text))?.[0] ?? "";
}

/** Matches what stands before an option that is named, but not chosen. */
const doubt =
  /(\b(not|never|no|nor|neither|cannot|whether|if|than|instead of)\b|n't\b)[^.!?,;]{0,30}$/;

/** Matches what stands before an option that is chosen, whatever others are named. */
const choice = /\b(answer|option|choice)( is|:|\W{1,3}:)\W{0,3}$/;

/** Finds the option that sentences choose: after `the answer is`, else the only one they name. */
function findInProse(text: string, options: readonly string[]): number | null {
  const named = findNamed(fold(text), options).filter(({ before }) => !doubt.test(before));
  const chosen = named.filter(({ before }) => choice.test(before));
  const meant = chosen.length > 0 ? chosen : named.filter(({ alone }) => alone);
  return onlyOne(meant.map(({ option }) => option));
}

/** An option where a text names it. */
interface Named {
  option: number;
  before: string;
  /** Whether it counts by itself: `a` may be an article, unless it is all that a sentence begins with. */
  alone: boolean;
}

/** Finds options as whole words; of options that contain each other the longest. */
function findNamed(text: string, options: readonly string[]): Named[] {
  const plains = options.map(strip);
  const words = [...new Set(plains)].filter(Boolean).sort((a, b) => b.length - a.length);
  if (words.length === 0) return [];
  const any = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])(?:${any})(?![\\p{L}\\p{N}])`, "gu");
  return [...text.matchAll(whole)].flatMap(({ 0: word, index }) => {
    const before = text.slice(Math.max(0, index - 60), index);
    const begins = strip(before) === "" && /^\W*([.,:;!)]|$)/.test(text.slice(index + word.length));
    const meant = options.filter((_, i) => plains[i] === word);
    const alone = word.length > 2 || begins;
    return meant.map((option) => ({ option: options.indexOf(option), before, alone }));
  });
}
