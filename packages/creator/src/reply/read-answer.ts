import type { Completion } from "../llm/chat.ts";
import { findInProse, findInStatement, findOnly } from "./find-in-prose.ts";
import { findObjects } from "./find-objects.ts";
import { matchOption, toOtherTruths } from "./match-option.ts";
import { parseObject } from "./parse-relaxed.ts";
import { findAnswer } from "./read-candidate.ts";
import { withoutReasoning } from "./reasoning.ts";

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
  const answers = findObjects(answer).flatMap((object) => findTexts(parseObject(object).value));
  if (answers.length === 0) return findOption(answer, options, findInProse);
  return findOnly(answers.map((one) => findOption(one, options, findInStatement)));
}

/** Finds the texts of an object's answer. */
function findTexts(object: unknown): string[] {
  const answer = findAnswer(object);
  if (answer === undefined) return [];
  if (answer === null || typeof answer !== "object") return [String(answer)];
  const texts = Object.values(answer).filter((one) => one === null || typeof one !== "object");
  return texts.length === 0 ? [""] : texts.map(String);
}

/** Finds the option that a text is, else the one that it names. */
function findOption(
  text: string,
  options: readonly string[],
  findNamed: typeof findInProse,
): number | null {
  const truths = toOtherTruths(options);
  return (
    matchOption(text, options)?.index ??
    findNamed(text, options) ??
    (truths && findNamed(text, truths))
  );
}
