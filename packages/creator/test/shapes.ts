import type { Completion } from "../src/llm/chat.ts";
import type { Shape } from "../src/prompt/prompt.ts";

/** A yes/no task without a passage. */
export const closed: Shape = {
  formatting: {
    question: "Is the sea salty?",
    context: null,
    options: ["True", "False"],
    label: 0,
  },
  options: "fixed",
};

/** A yes/no task with a passage. */
export const open: Shape = {
  formatting: { ...closed.formatting, context: "Sea water holds 35 g of salt a litre." },
  options: "fixed",
};

/** A multiple-choice task of three options. */
export const choice: Shape = {
  formatting: {
    question: "What is salty?",
    context: null,
    options: ["the sea", "the sky", "the moon"],
    label: 0,
  },
  options: "varying",
};

/** A completion that says this. */
export function toSaid(text: string, more: Partial<Completion> = {}): Completion {
  return {
    text,
    finishReason: "stop",
    refusal: null,
    usage: { promptTokens: 100, completionTokens: 10 },
    model: "test-model",
    ms: 1,
    at: "2026-01-01T00:00:00.000Z",
    adapted: [],
    ...more,
  };
}
