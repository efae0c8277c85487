import { mostLetters } from "@seedling/core/internal";
import type OpenAI from "openai";
import { type ChatRequest, computeReplyLimit, type Parameters } from "./chat.ts";

/** How a server takes a request: by the protocol at first, then adapted to what it refuses. */
export interface Dialect {
  /** OpenAI's own models expect `max_completion_tokens`, all others `max_tokens`. */
  official: boolean;
  /** What was adapted, a phrase each. */
  adapted: readonly string[];
}

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** What can be written otherwise, at a server's word. */
interface Adaptation {
  change: string;
  /** Words of a refusal that asks for it: the parameter that the server names, and its message. */
  words: RegExp;
  /** Words with which it asks for something else. */
  not?: RegExp;
  adapt: (body: Body) => object;
}

/** Words of a limit that is too high, or a request that is too long: another name for the limit does not help. */
export const lengthWords =
  /context.?(length|window|size)|too (long|large|many|big|high)|\bexceed|\bat most\b|\bmaximum\b|\brange\b|(less|greater) than|<=|n_ctx|only supports up to|reduce the length|longer than|(token|output) limit|input length/i;

/** The last adaptation, and what --join-instruction begins with. */
export const joinedInstruction = "the instruction in the user's message, without a system role";

/** Lists adaptations in the order of looking for them. */
function listAdaptations(official: boolean): Adaptation[] {
  const limit = official ? "max_completion_tokens" : "max_tokens";
  const other = official ? "max_tokens" : "max_completion_tokens";
  return [
    {
      change: `${other} instead of ${limit}`,
      words: /max_(completion_)?tokens/,
      not: lengthWords,
      adapt: (body) => ({ [limit]: undefined, [other]: body[limit] }),
    },
    ...["temperature", "top_p", "seed", "stream"].map((name) => ({
      change: `without ${name}`,
      words: new RegExp(`\\b${name}\\b`),
      adapt: () => ({ [name]: undefined }),
    })),
    {
      change: "without a JSON schema",
      // The parameter, its kinds, or a keyword of the schema.
      words:
        /response_format|schema|structured[ _]outputs?|too many states|\b(min|max)Items\b|additionalProperties|grammar/i,
      adapt: () => ({ response_format: undefined }),
    },
    {
      change: joinedInstruction,
      words:
        /\b(system|developer).?(role|messages?|prompt|instruction)|\broles?\b.*\b(system|user|assistant|alternate)|\b(system|user|assistant|messages)\b.*\broles?\b|only user and assistant/is,
      adapt: ({ messages }) => ({
        messages: [
          {
            role: "user",
            content: messages.map(({ content }) => `${content}`.trim()).join("\n\n"),
          },
        ],
      }),
    },
  ];
}

/** Builds a request's body in a dialect. A reply limit is always sent. */
export function toBody(
  request: ChatRequest,
  parameters: Parameters,
  { official, adapted }: Dialect,
): Body {
  const { messages, seed, schema, logprobs } = request;
  const { model, temperature, topP } = parameters;
  const json_schema = { name: "examples", strict: true, schema: schema as Record<string, unknown> };
  let body: Body = {
    ...{ model, messages, seed, top_p: topP, temperature, stream: false },
    [official ? "max_completion_tokens" : "max_tokens"]: computeReplyLimit(request, parameters),
    ...(schema && { response_format: { type: "json_schema", json_schema } }),
    ...(logprobs && { logprobs, top_logprobs: mostLetters }),
  };
  for (const { change, adapt } of listAdaptations(official))
    if (adapted.includes(change)) body = { ...body, ...adapt(body) };
  return body;
}

/**
 * Adapts a dialect to a refusal; null if the refusal names nothing more that can be written otherwise.
 * Where a server takes temperature and top_p not together, the one that does nothing is left out.
 */
export function adapt(
  { official, adapted }: Dialect,
  refusal: string,
  { temperature }: Parameters,
): Dialect | null {
  const asked = listAdaptations(official).filter(
    ({ change, words, not }) =>
      words.test(refusal) && !not?.test(refusal) && !adapted.includes(change),
  );
  const byTopP = asked.find(({ change }) => temperature !== 1 && change.endsWith("top_p"));
  const found = byTopP ?? asked[0];
  return found ? { official, adapted: [...adapted, found.change] } : null;
}
