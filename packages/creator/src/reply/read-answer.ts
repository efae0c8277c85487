import type { Completion } from "../llm/chat.ts";
import { findField } from "./find-field.ts";
import { findInProse, findInStatement, findOnly } from "./find-in-prose.ts";
import { findObjects } from "./find-objects.ts";
import { matchMark, matchOption, toOtherTruths, withoutMarks } from "./match-option.ts";
import { parseObject } from "./parse-relaxed.ts";
import { withoutReasoning } from "./reasoning.ts";

/**
 * Finds the option that a reply chooses: by JSON, by the bare text, or in prose, if only one can be meant.
 * A repeated option text means its first position.
 * @param shown the options in the order that was asked, which a letter alone counts in; null: letters mean nothing
 * @returns its index, or null where the reply is a refusal, chooses none or more than one, or is nested deeper than 100 levels
 */
export function readAnswer(
  { text, refusal }: Completion,
  options: readonly string[],
  shown: readonly string[] | null = null,
): number | null {
  if (refusal !== null) return null;
  const answer = withoutReasoning(text).trim();
  const objects = findObjects(answer).map(parseObject);
  if (objects.some(({ isDeep }) => isDeep)) return null;
  const answers = objects.flatMap(({ value }) => findTexts(value));
  if (answers.length === 0) return findOption(answer, options, shown, findInProse);
  return findOnly(answers.map((one) => findOption(one, options, shown, findInStatement)));
}

/** Finds the texts of an object's answer. */
function findTexts(object: unknown): string[] {
  const answer = findField(object, "answer");
  if (answer === undefined) return [];
  if (answer === null || typeof answer !== "object") return [String(answer)];
  const texts = Object.values(answer).filter((one) => one === null || typeof one !== "object");
  return texts.length === 0 ? [""] : texts.map(String);
}

/** Finds the option that a text is, else the one that it names. */
function findOption(
  text: string,
  options: readonly string[],
  shown: readonly string[] | null,
  findNamed: typeof findInProse,
): number | null {
  const truths = toOtherTruths(options);
  return (
    matchOption(text, options)?.index ??
    findNamed(text, options) ??
    (truths && findNamed(text, truths)) ??
    (shown && findLetter(text, options, shown))
  );
}

/** Matches what a last sentence says of a letter. */
const lastLetter =
  /(?<=[.!?:;,\n] ?|\b(?:so|thus|hence|therefore) )(?:the )?(?:(?:final|correct|right|best) )?(?:answer|option|choice)(?: is|:).{0,12}$/i;

/** Finds the option of a letter: the options' own, else by the order in which they were shown. */
function findLetter(
  text: string,
  options: readonly string[],
  shown: readonly string[],
): number | null {
  const end = text.slice(-80).replace(/\$*\\boxed\{(?:\\text\{)?(\w)\}+\$*/, "$1");
  const last = lastLetter.exec(end)?.[0] ?? (text.length > 80 ? text : end);
  const own = withoutMarks(options)?.marks;
  const all = own ? options : shown;
  const match = matchMark(last, all, own ?? null);
  return match && options.indexOf(all[match.index] ?? "");
}
