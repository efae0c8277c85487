import type { Example } from "@seedling/core/internal";
import { type ChatRequest, computeReplyLimit, type Parameters } from "../llm/chat.ts";
import { createRequest, hash31 } from "./prompt.ts";

/** The limit of an answer in tokens that its key tells: what was sent before thinking models wanted more. */
const limitInKey = 512;

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
export function buildAnswerRequest(options: AnswerRequestOptions): ChatRequest {
  const { example, ask, parameters, seed, about } = options;
  const { maxTokens } = parameters;
  const inKey = maxTokens === "original" ? limitInKey : Math.min(maxTokens, limitInKey);
  const request = createRequest({
    system: [
      ...(about ? [about] : []),
      "Choose the option that is the right answer. Exactly one option is right.",
      'Output only a JSON object with one key: {"answer": "..."}, the right option word for word.',
    ].join("\n"),
    user: renderQuestion(example, orderOptions(options)),
    seedParts: [seed, "verify", ask],
    parameters: { ...parameters, maxTokens: inKey },
    schema: null,
  });
  return { ...request, limit: computeReplyLimit(request, parameters) };
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

/** Orders an example's options as this asking shows them. */
export function orderOptions({
  example: { options, question },
  seed,
  ask,
}: Pick<AnswerRequestOptions, "example" | "seed" | "ask">): string[] {
  const start = (hash31([seed, "options", question]) + ask) % options.length;
  return [...options.slice(start), ...options.slice(0, start)];
}
