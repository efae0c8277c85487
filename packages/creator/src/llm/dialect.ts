import type OpenAI from "openai";
import type { ChatRequest, Parameters } from "./chat.ts";

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
  adapt: (body: Body) => object;
}

/** Lists adaptations in the order of looking for them. */
function listAdaptations(official: boolean): Adaptation[] {
  const limit = official ? "max_completion_tokens" : "max_tokens";
  const other = official ? "max_tokens" : "max_completion_tokens";
  return [
    {
      change: `${other} instead of ${limit}`,
      words: /max_(completion_)?tokens/,
      adapt: (body) => ({ [limit]: undefined, [other]: body[limit] }),
    },
    ...["temperature", "top_p", "seed"].map((name) => ({
      change: `without ${name}`,
      words: new RegExp(`\\b${name}\\b`),
      adapt: () => ({ [name]: undefined }),
    })),
    {
      change: "without a JSON schema",
      // The parameter, its kinds, or a keyword of the schema.
      words:
        /response_format|schema|structured[ _]outputs?|\b(min|max)Items\b|additionalProperties|grammar/i,
      adapt: () => ({ response_format: undefined }),
    },
    {
      change: "the instruction in the user's message, without a system role",
      words: /(?=.*system)(?=.*(role|message|support|template))/is,
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
  { messages, seed, schema }: ChatRequest,
  { model, temperature, topP, maxTokens }: Parameters,
  { official, adapted }: Dialect,
): Body {
  const json_schema = { name: "examples", strict: true, schema: schema as Record<string, unknown> };
  let body: Body = {
    ...{ model, messages, seed, top_p: topP, temperature },
    [official ? "max_completion_tokens" : "max_tokens"]: maxTokens,
    ...(schema && { response_format: { type: "json_schema", json_schema } }),
  };
  for (const { change, adapt } of listAdaptations(official))
    if (adapted.includes(change)) body = { ...body, ...adapt(body) };
  return body;
}

/** Adapts a dialect to a refusal; null if the refusal names nothing more that can be written otherwise. */
export function adapt(dialect: Dialect, refusal: string): Dialect | null {
  const { official, adapted } = dialect;
  const found = listAdaptations(official).find(
    ({ change, words }) => words.test(refusal) && !adapted.includes(change),
  );
  return found ? { official, adapted: [...adapted, found.change] } : null;
}
