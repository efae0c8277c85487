import { chooseChecks, isValid } from "../src/filters/checks.ts";
import type { Shape } from "../src/prompt/prompt.ts";
import { isRejection } from "../src/reply/candidate.ts";
import { createReplyReader, type ReplyItem } from "../src/reply/read-reply.ts";
import { closed, toSaid } from "./shapes.ts";

/** A reader of replies that the checks of the form decide between two ways to read an object with. */
export function readWith(
  rule: "salvage" | "strict",
  switches: Parameters<typeof chooseChecks>[0] = { reject: null, allow: null },
) {
  const checks = chooseChecks(switches);
  return createReplyReader(rule, switches, (candidate, shape) => isValid(candidate, checks, shape));
}

/** The rules of `--replies` without any switch. */
export const replyRules = { salvage: readWith("salvage"), strict: readWith("strict") };

/** A reply's items, each in a word: `question=answer`, or the reason with an exclamation mark. */
export function read(text: string, shape: Shape = closed, rule: "salvage" | "strict" = "salvage") {
  return toWords(replyRules[rule](toSaid(text), shape, 2));
}

/** The same of items. */
export function toWords(items: ReplyItem[]): string[] {
  return items.map((one) =>
    isRejection(one) ? `!${one.reason}` : `${one.question}=${one.answer}`,
  );
}

/** Objects as a model writes them, by their question. */
export const object = (question: string, answer = "True") =>
  `{"Options": ["True", "False"], "Answer": "${answer}", "Question": "${question}"}`;
export const fields = (question: string, more: object) =>
  JSON.stringify({ Options: ["True", "False"], Answer: "True", Question: question, ...more });
export const a = object("a");
export const b = object("b", "False");
