import type { Shape } from "../src/prompt/prompt.ts";
import { isRejection, type Reading, replyRules } from "../src/reply/read-reply.ts";
import { closed, toSaid } from "./shapes.ts";

/** A reply's readings, each in a word: `question=answer`, or the reason with an exclamation mark. */
export function read(text: string, shape: Shape = closed, rule: "salvage" | "strict" = "salvage") {
  return toWords(replyRules[rule](toSaid(text), shape, 2));
}

/** The same of readings. */
export function toWords(readings: Reading[]): string[] {
  return readings.map((one) =>
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
