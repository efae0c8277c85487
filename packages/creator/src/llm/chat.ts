import { z } from "zod";

/** A message to a language model. */
export interface Message {
  role: "system" | "user";
  content: string;
}

/** One request, known by its index in the plan and never by its arrival. */
export interface ChatRequest {
  messages: Message[];
  /** OpenAI's `seed`, derived from the creation seed and the index: 31 bits. */
  seed: number;
  /** Hash of the model, the parameters as intended, the messages and the seed (and the schema, where there is one). */
  key: string;
  /** The JSON schema that the reply is to follow, where the server has structured output. */
  schema?: object;
  /** Whether the first token's most probable alternatives are asked for. */
  logprobs?: true;
  /** The reply's limit in tokens, where the key does not tell it: a cut reply is asked again under a higher one. */
  limit?: number | undefined;
}

const usageSchema = z.object({ promptTokens: z.number(), completionTokens: z.number() });

/** Tokens as the server counted them. */
export type Usage = z.infer<typeof usageSchema>;

/** Tokens of several requests. */
export interface Spending extends Usage {
  /** Those of them that were asked by batches, at half the price. */
  batched: Usage;
}

export const logprobsSchema = z.array(z.object({ token: z.string(), logprob: z.number() }));

/** The reply to one request, as a journal holds it. */
export const completionSchema = z.object({
  text: z.string(),
  /** As the server named it, such as `stop` or `length`. */
  finishReason: z.string().nullable(),
  refusal: z.string().nullable(),
  /** In the server's words, why it withheld the reply: for its content, or the request's length. */
  refused: z.string().optional(),
  /** Why there is no text, where there is none. */
  empty: z.string().optional(),
  /** The request's `limit` where the reply was cut at it. */
  limit: z.number().optional(),
  /** null where the server did not count. */
  usage: usageSchema.nullable(),
  /** As the server named it. */
  model: z.string(),
  /** From sending to the whole reply, retries left out, in milliseconds from 1 on; 0: it came by a batch. */
  ms: z.number(),
  /** When it came, ISO 8601. */
  at: z.string(),
  /** The most probable first tokens, where the request asks for them and the server has them. */
  logprobs: logprobsSchema.optional(),
  /** Parameters that were sent otherwise than intended, since the server refuses them. */
  adapted: z.array(z.string()),
});

/** The reply to one request; `journaled`: it came from a journal, and costs nothing. */
export type Completion = z.infer<typeof completionSchema> & { journaled?: true };

/** Time, handed in: real in a process, simulated in tests and benchmarks. */
export interface Clock {
  /** Milliseconds. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** Asks once. Network, journal and replay are each a `Chat`; limits, retries and budget wrap one. */
export type Chat = (request: ChatRequest) => Promise<Completion>;

export const parametersSchema = z.object({
  model: z.string(),
  temperature: z.number(),
  topP: z.number(),
  /** A reply's limit; original: what the prompt leaves of the original's context. */
  maxTokens: z.union([z.number(), z.literal("original")]),
});

/** The parameters of a creation's requests, as intended. */
export type Parameters = z.infer<typeof parametersSchema>;

/** Adds tokens to a sum, in place. */
export function addTokens(sum: Usage, { promptTokens, completionTokens }: Usage): void {
  sum.promptTokens += promptTokens;
  sum.completionTokens += completionTokens;
}

/** Tokens for a prompt's frame: roles and separators. */
const frame = 32;

/** Counts the bytes of what a request sends. */
export function countBytes({ messages, schema }: ChatRequest): number {
  const texts = messages.map(({ content }) => content);
  if (schema) texts.push(JSON.stringify(schema));
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** Tokens of prompt and reply together that gpt-3.5-turbo of June 2023 took; the original sends no limit (openai_utils.py). */
export const originalContext = 4097;

/** Bytes of a prompt that count as a token there: gpt-3.5-turbo's tokenizer needs fewer tokens for every benchmark prompt. */
export const originalBytes = 3;

/** Computes a reply's limit in tokens; for `original`, so that prompt and reply fit into the original's context. */
export function computeReplyLimit(request: ChatRequest, { maxTokens }: Parameters): number {
  if (maxTokens !== "original") return maxTokens;
  const prompt = Math.ceil((countBytes(request) + frame) / originalBytes);
  return Math.max(1, originalContext - prompt);
}

/** The most tokens that a request can take: a token stands for one byte at least, and a reply has its limit. */
export function computeWorstCase(request: ChatRequest, parameters: Parameters): Usage {
  const completionTokens = computeReplyLimit(request, parameters);
  return { promptTokens: countBytes(request) + frame, completionTokens };
}
