import type { ChatRequest, Parameters } from "./chat.ts";

/** How a server takes a request: by the protocol at first, then adapted to what it refuses. */
export interface Dialect {
  limit: "max_tokens" | "max_completion_tokens";
  /** Parameters that are left out since the server refuses them. */
  without: ReadonlySet<"seed" | "top_p" | "temperature">;
  /** Whether a system message is sent as one, or at the start of the user's. */
  system: boolean;
  /** Whether a request's JSON schema is sent. */
  schema: boolean;
  /** Whether the name of the limit was switched once: it is not switched back. */
  limitSwitched: boolean;
  /** What was adapted, a phrase each. */
  adapted: readonly string[];
}

/** The dialect to begin with: OpenAI's own models expect `max_completion_tokens`. */
export function chooseDialect(official: boolean): Dialect {
  const limit = official ? "max_completion_tokens" : "max_tokens";
  const whole = { without: new Set<never>(), system: true, schema: true };
  return { limit, ...whole, limitSwitched: false, adapted: [] };
}

/** A request's body in a dialect. A reply limit is always sent. */
export function toBody(request: ChatRequest, parameters: Parameters, dialect: Dialect) {
  const { model, temperature, topP, maxTokens } = parameters;
  const sampling = { seed: request.seed, top_p: topP, temperature };
  const kept = Object.entries(sampling).filter(
    ([name]) => !dialect.without.has(name as keyof typeof sampling),
  );
  return {
    model,
    messages: dialect.system ? request.messages : joinMessages(request),
    ...(Object.fromEntries(kept) as Partial<typeof sampling>),
    [dialect.limit]: maxTokens,
    ...(request.schema && dialect.schema
      ? { response_format: toResponseFormat(request.schema) }
      : {}),
  };
}

function toResponseFormat(schema: object) {
  const json_schema = { name: "examples", strict: true, schema: schema as Record<string, unknown> };
  return { type: "json_schema" as const, json_schema };
}

function joinMessages({ messages }: ChatRequest): ChatRequest["messages"] {
  return [{ role: "user", content: messages.map(({ content }) => content.trim()).join("\n\n") }];
}

/** Words of a refusal of structured output: the parameter, its kinds, or a keyword of the schema. */
const schemaWords =
  /response_format|schema|structured[ _]outputs?|\b(min|max)Items\b|additionalProperties|grammar/i;

/**
 * Adapts a dialect to a refusal (status 400 or 422); null if the refusal names nothing that can be
 * written otherwise.
 * @param refusal the parameter that the server names, and its message
 */
export function adapt(dialect: Dialect, refusal: string): Dialect | null {
  const noting = (change: string) => ({ adapted: [...dialect.adapted, change] });
  if (/max_(completion_)?tokens/.test(refusal) && !dialect.limitSwitched) {
    const limit = dialect.limit === "max_tokens" ? "max_completion_tokens" : "max_tokens";
    return {
      ...dialect,
      limit,
      limitSwitched: true,
      ...noting(`${limit} instead of ${dialect.limit}`),
    };
  }
  for (const name of ["temperature", "top_p", "seed"] as const)
    if (new RegExp(`\\b${name}\\b`).test(refusal) && !dialect.without.has(name))
      return {
        ...dialect,
        without: new Set([...dialect.without, name]),
        ...noting(`without ${name}`),
      };
  if (schemaWords.test(refusal) && dialect.schema)
    return { ...dialect, schema: false, ...noting("without a JSON schema") };
  if (/system/i.test(refusal) && /role|message|support|template/i.test(refusal) && dialect.system)
    return {
      ...dialect,
      system: false,
      ...noting("the instruction in the user's message, without a system role"),
    };
  return null;
}
