/** A message to a language model. */
export interface Message {
  role: "system" | "user";
  content: string;
}

/** One request, known by its place in the plan and never by its arrival. */
export interface ChatRequest {
  messages: Message[];
  /** OpenAI's `seed`, derived from the creation seed and the place: 31 bits. */
  seed: number;
  /** Over model, parameters as intended, messages and seed (and the schema, where there is one). */
  key: string;
  /** The JSON schema that the reply is to follow, where the server has structured output. */
  schema?: object;
}

/** Tokens as the server counted them. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

/** What came back. */
export interface Completion {
  text: string;
  /** As the server named it, such as `stop` or `length`. */
  finishReason: string | null;
  refusal: string | null;
  /** null where the server did not say. */
  usage: Usage | null;
  /** As the server named it. */
  model: string;
  /** From sending to the whole reply, retries left out, in milliseconds. */
  ms: number;
  /** When it came, ISO 8601. */
  at: string;
  /** Parameters that were sent otherwise than intended, since the server refuses them. */
  adapted: string[];
}

/** Time, handed in: real in a process, simulated in tests and benchmarks. */
export interface Clock {
  /** Milliseconds. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** Asks once. Network, recording and replay are all a `Chat`; retries and journal are wrappers round one. */
export type Chat = (request: ChatRequest) => Promise<Completion>;

/** The parameters of a creation's requests, as intended. */
export interface Parameters {
  model: string;
  temperature: number;
  topP: number;
  maxTokens: number;
}
