import type { ChatRequest, Parameters } from "./chat.ts";

/** How a server wants a request written. It starts from the protocol and gives in to refusals. */
export interface Dialect {
  limit: "max_tokens" | "max_completion_tokens";
  /** Parameters that are left out since the server refuses them. */
  without: ReadonlySet<"seed" | "top_p" | "temperature">;
  /** Whether a system message is sent as one, or put before the user's. */
  system: boolean;
  /** Whether a request's JSON schema is sent. */
  schema: boolean;
  /** Both names of the limit were refused or one is settled: it is not switched again. */
  limitSwitched: boolean;
  /** What was adapted, a line each. */
  adapted: readonly string[];
}

/** The dialect to begin with: OpenAI's own models want `max_completion_tokens`. */
export function toFirstDialect(official: boolean): Dialect {
  const limit = official ? "max_completion_tokens" : "max_tokens";
  const whole = { without: new Set<never>(), system: true, schema: true };
  return { limit, ...whole, limitSwitched: false, adapted: [] };
}

/** A request as a server of that dialect takes it. A reply limit is always sent. */
export function toBody(request: ChatRequest, parameters: Parameters, dialect: Dialect) {
  const { model, temperature, topP, maxTokens } = parameters;
  const sampling = { seed: request.seed, top_p: topP, temperature };
  const kept = Object.entries(sampling).filter(
    ([name]) => !dialect.without.has(name as keyof typeof sampling),
  );
  return {
    model,
    messages: dialect.system ? request.messages : toOneMessage(request),
    ...(Object.fromEntries(kept) as Partial<typeof sampling>),
    [dialect.limit]: maxTokens,
    ...(request.schema && dialect.schema ? { response_format: toFormat(request.schema) } : {}),
  };
}

function toFormat(schema: object) {
  const json_schema = { name: "examples", strict: true, schema: schema as Record<string, unknown> };
  return { type: "json_schema" as const, json_schema };
}

function toOneMessage({ messages }: ChatRequest): ChatRequest["messages"] {
  return [{ role: "user", content: messages.map(({ content }) => content.trim()).join("\n\n") }];
}

/** What a refusal of structured output names: the parameter, its kinds, or a keyword of the schema. */
const ofSchema =
  /response_format|schema|structured[ _]outputs?|\b(min|max)Items\b|additionalProperties|grammar/i;

/**
 * The dialect after a refusal (status 400 or 422), or null if the refusal names nothing that can be
 * written otherwise.
 * @param refusal the server's words, and the parameter that it names
 */
export function adapt(dialect: Dialect, refusal: string): Dialect | null {
  const said = (line: string) => ({ adapted: [...dialect.adapted, line] });
  if (/max_(completion_)?tokens/.test(refusal) && !dialect.limitSwitched) {
    const limit = dialect.limit === "max_tokens" ? "max_completion_tokens" : "max_tokens";
    return {
      ...dialect,
      limit,
      limitSwitched: true,
      ...said(`${limit} instead of ${dialect.limit}`),
    };
  }
  for (const name of ["temperature", "top_p", "seed"] as const)
    if (new RegExp(`\\b${name}\\b`).test(refusal) && !dialect.without.has(name))
      return {
        ...dialect,
        without: new Set([...dialect.without, name]),
        ...said(`without ${name}`),
      };
  if (ofSchema.test(refusal) && dialect.schema)
    return { ...dialect, schema: false, ...said("without a JSON schema") };
  if (/system/i.test(refusal) && /role|message|support|template/i.test(refusal) && dialect.system)
    return {
      ...dialect,
      system: false,
      ...said("the instruction in the user's message, without a system role"),
    };
  return null;
}
