import type { ChatRequest, Parameters } from "./chat.ts";

/** How a server wants a request written. It starts from the protocol and gives in to refusals. */
export interface Dialect {
  limit: "max_tokens" | "max_completion_tokens";
  /** Parameters that are left out since the server refuses them. */
  without: ReadonlySet<"seed" | "top_p" | "temperature">;
  /** Whether a system message is sent as one, or put before the user's. */
  system: boolean;
  /** Both names of the limit were refused or one is settled: it is not switched again. */
  limitSwitched: boolean;
  /** What was adapted, a line each. */
  adapted: readonly string[];
}

/** The dialect to begin with: OpenAI's own models want `max_completion_tokens`. */
export function toFirstDialect(official: boolean): Dialect {
  const limit = official ? "max_completion_tokens" : "max_tokens";
  return { limit, without: new Set(), system: true, limitSwitched: false, adapted: [] };
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
  };
}

function toOneMessage({ messages }: ChatRequest): ChatRequest["messages"] {
  return [{ role: "user", content: messages.map(({ content }) => content.trim()).join("\n\n") }];
}

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
  if (/system/i.test(refusal) && /role|message|support|template/i.test(refusal) && dialect.system)
    return {
      ...dialect,
      system: false,
      ...said("the instruction in the user's message, without a system role"),
    };
  return null;
}
