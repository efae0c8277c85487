import { type Example, hashValue } from "@seedling/core/internal";
import type { ChatRequest, Parameters } from "../llm/chat.ts";

/** A reply that only picks an option needs no more tokens, a short train of thought included. */
const longestAnswer = 512;

/** The parameters of a label check, from those of its creation and `--verify-model`. */
export function toAnswerParameters(creation: Parameters, verifyModel: string | null): Parameters {
  return {
    ...creation,
    model: verifyModel ?? creation.model,
    maxTokens: Math.min(creation.maxTokens, longestAnswer),
  };
}

/** What a question is asked with. */
export interface Asking {
  example: Example;
  /** Which of the answers to this question is asked for, from 0. */
  ask: number;
  parameters: Parameters;
  /** The creation's. */
  seed: number;
  /** What an own task says of itself; null: a benchmark, which says nothing. */
  about: string | null;
}

/**
 * Asks for an example's answer without showing its label, nor the formatting example's, since a
 * small model repeats what it is shown. Options stand in another order at each asking, turned round
 * by the seed and the question, so that a liking for a place evens out.
 */
export function toAnswerRequest({ example, ask, parameters, seed, about }: Asking): ChatRequest {
  const turn = toNumber([seed, "options", example.question]) + ask;
  const messages: ChatRequest["messages"] = [
    {
      role: "system",
      content: [
        ...(about ? [about] : []),
        "Choose the option that is the right answer. Exactly one option is right.",
        'Output only a JSON object with one key: {"answer": "..."}, the right option word for word.',
      ].join("\n"),
    },
    { role: "user", content: renderQuestion(example, rotate(example.options, turn)) },
  ];
  const own = toNumber([seed, "verify", ask]);
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

/** 31 bits of a value's hash. */
function toNumber(value: unknown): number {
  return Number.parseInt(hashValue(value).slice(0, 8), 16) >>> 1;
}
