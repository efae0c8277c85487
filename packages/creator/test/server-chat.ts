import type { Endpoint } from "@seedling/core/internal";
import { openOpenaiServer, type ServerOptions } from "@seedling/testing";
import { expect, onTestFinished } from "vitest";
import type { Chat, ChatRequest, Clock } from "../src/llm/chat.ts";
import { createServerChat } from "../src/llm/open-chat.ts";

/** What is asked: two examples in the form of one. */
export const messages: ChatRequest["messages"] = [
  { role: "system", content: "Write 2." },
  {
    role: "user",
    content: '{\n"Options": ["True", "False"],\n"Answer": "True",\n"Question": "Is ice cold?"\n}',
  },
];

/** The request of that seed. */
export const toRequest = (seed: number): ChatRequest => ({ messages, seed, key: `${seed}` });

/** What the requests are sent with. */
export const parameters = { model: "test-model", temperature: 0.7, topP: 0.9, maxTokens: 256 };

/** The process's own time. */
export const realClock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
};

/** What a chat with a test's server may be given. */
export interface ChatChoices extends Partial<Endpoint> {
  model?: string;
  timeout?: number;
  observe?: (headers: Headers) => void;
  fetch?: typeof fetch;
}

/** A server, until the test is over, and a chat with it. */
export async function openServerChat(options: ServerOptions = {}, choices: ChatChoices = {}) {
  const server = await openOpenaiServer(options);
  onTestFinished(() => server.close());
  const logged: string[] = [];
  const { model = "test-model", timeout = 20, apiKey = null, official = false } = choices;
  const chat = createServerChat({
    endpoint: { baseUrl: server.url, apiKey, official },
    parameters: { ...parameters, model },
    timeout,
    fetch: choices.fetch ?? globalThis.fetch,
    clock: realClock,
    observe: choices.observe ?? (() => {}),
    log: (line) => logged.push(line),
  });
  return { server, chat, logged };
}

/** The error that a request fails with. */
export function toFailure(chat: Chat): Promise<Error> {
  return chat(toRequest(1)).then(
    () => expect.fail("expected a failure"),
    (error: unknown) => error as Error,
  );
}
