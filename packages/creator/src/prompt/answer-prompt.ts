import { type Example, hashValue } from "@seedling/core/internal";
import type { ChatRequest, Parameters } from "../llm/chat.ts";

/** A reply that only picks an option needs no more tokens, a short train of thought included. */
const longestAnswer = 512;

/** Derives a label check's parameters from those of its creation and the answering model. */
export function answerParameters(creation: Parameters, verifyModel: string | null): Parameters {
  return {
    ...creation,
    model: verifyModel ?? creation.model,
    maxTokens: Math.min(creation.maxTokens, longestAnswer),
  };
}

/** What a question is asked with. */
export interface AnswerRequestOptions {
  example: Example;
  /** Which of the answers to this question is asked for, from 0. */
  ask: number;
  parameters: Parameters;
  /** The creation's. */
  seed: number;
  /** What the task is, in the user's words; null: nothing is said, as of a benchmark. */
  about: string | null;
}

/**
 * Builds a request for an example's answer without showing its label, nor the formatting example's, since a
 * small model repeats what it is shown. Options stand in another order at each asking, rotated by the
 * seed and the question, so that a preference for a position evens out.
 */
export function buildAnswerRequest({
  example,
  ask,
  parameters,
  seed,
  about,
}: AnswerRequestOptions): ChatRequest {
  const shift = hash31([seed, "options", example.question]) + ask;
  const messages: ChatRequest["messages"] = [
    {
      role: "system",
      content: [
        ...(about ? [about] : []),
        "Choose the option that is the right answer. Exactly one option is right.",
        'Output only a JSON object with one key: {"answer": "..."}, the right option word for word.',
      ].join("\n"),
    },
    { role: "user", content: renderQuestion(example, rotate(example.options, shift)) },
  ];
  const own = hash31([seed, "verify", ask]);
  return { messages, seed: own, key: hashValue({ ...parameters, messages, seed: own }) };
}

/** In the keys of the shown example, but without an answer. */
function renderQuestion({ question, context }: Example, options: readonly string[]): string {
  const fields = [
    ...(context === null ? [] : [`"Context": ${JSON.stringify(context)}`]),
    `"Question": ${JSON.stringify(question)}`,
    `"Options": ${JSON.stringify(options)}`,
  ];
  return `{\n${fields.join(",\n")}\n}`;
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Returns 31 bits of a value's hash. */
function hash31(value: unknown): number {
  return Number.parseInt(hashValue(value).slice(0, 8), 16) >>> 1;
}
