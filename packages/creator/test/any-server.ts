import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type Body, openServer } from "@seedling/testing";
import { type OpenChatOptions, openChat } from "../src/llm/open-chat.ts";

/** A request as it came. */
interface Asked {
  /** From 0. */
  n: number;
  url: string;
  headers: IncomingMessage["headers"];
  body: Body & { stream?: boolean };
}

/** What a server answers: a status, a body (an object as JSON), and headers. */
export type Answer = [status: number, body: unknown, headers?: Record<string, string>];

/** A server that answers as a function says, until the test is over. */
export async function serve(answer: (asked: Asked) => Answer) {
  const asked: Asked[] = [];
  const base = await openServer(async (request, response) => {
    const body = JSON.parse((await text(request)) || "{}");
    const { url = "", headers } = request;
    const one = { n: asked.length, url, headers, body };
    asked.push(one);
    const [status, given, more] = answer(one);
    const isText = typeof given === "string";
    const type = isText ? "text/plain; charset=utf-8" : "application/json";
    response.writeHead(status, { "content-type": type, ...more });
    response.end(isText ? given : JSON.stringify(given));
  });
  return { asked, url: `${base}/v1` };
}

/** A chat whose waits take no time. */
export function openImpatient(baseURL: string, more: Partial<OpenChatOptions> = {}) {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const logged: string[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const chat = openChat({ baseURL, model: "m", clock, log: (line) => logged.push(line), ...more });
  return { chat, logged };
}

/** A whole reply, `Hello`, and its parts. */
export const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const message = { role: "assistant", content: "Hello" };
export const choice = { index: 0, message, finish_reason: "stop" };
export const whole = { id: "c", model: "m-1", choices: [choice], usage };
export const good: Answer = [200, whole];

/** The same with another choice, or another message. */
export const saying = (more: object): Answer => [
  200,
  { ...whole, choices: [{ ...choice, ...more }] },
];
export const writing = (more: object) => saying({ message: { ...message, ...more } });
