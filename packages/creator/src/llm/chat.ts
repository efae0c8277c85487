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
}

const usageSchema = z.object({ promptTokens: z.number(), completionTokens: z.number() });

/** Tokens as the server counted them. */
export type Usage = z.infer<typeof usageSchema>;

/** Tokens of several requests. */
export interface Spending extends Usage {
  /** Those of them that were asked by batches, at half the price. */
  batched: Usage;
}

/** The reply to one request, as a journal holds it. */
export const completionSchema = z.object({
  text: z.string(),
  /** As the server named it, such as `stop` or `length`. */
  finishReason: z.string().nullable(),
  refusal: z.string().nullable(),
  /** null where the server did not count. */
  usage: usageSchema.nullable(),
  /** As the server named it. */
  model: z.string(),
  /** From sending to the whole reply, retries left out, in milliseconds from 1 on; 0: it came by a batch. */
  ms: z.number(),
  /** When it came, ISO 8601. */
  at: z.string(),
  /** Parameters that were sent otherwise than intended, since the server refuses them. */
  adapted: z.array(z.string()),
});

/** The reply to one request. */
export type Completion = z.infer<typeof completionSchema>;

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
  maxTokens: z.number(),
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

/** The most tokens that a request can take: a token stands for one byte at least, and a reply has its limit. */
export function computeWorstCase(request: ChatRequest, { maxTokens }: Parameters): Usage {
  return { promptTokens: countBytes(request) + frame, completionTokens: maxTokens };
}
