import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Chat } from "../src/llm/chat.ts";
import { createWaiting } from "../src/llm/waiting.ts";
import { toRequest } from "./server-chat.ts";
import { toSaid } from "./shapes.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Asks once for each of these seconds, all at once, replies coming after them; a negative one fails. */
async function ask(...replies: number[][]) {
  const lines: string[] = [];
  const watch = createWaiting("qwen at 127.0.0.1:8080", (line) => lines.push(line.trim()));
  for (const seconds of replies) {
    const asking = seconds.map((one) => {
      const chat: Chat = () =>
        new Promise((resolve, reject) =>
          setTimeout(
            () => (one > 0 ? resolve(toSaid("hello")) : reject(new Error("no"))),
            Math.abs(one) * 1000,
          ),
        );
      return watch(chat)(toRequest(1)).catch(() => null);
    });
    await vi.advanceTimersByTimeAsync(Math.max(...seconds.map(Math.abs)) * 1000);
    await Promise.all(asking);
  }
  await vi.advanceTimersByTimeAsync(600_000);
  return lines;
}

const slow = (time: string) => `waiting for a reply of qwen at 127.0.0.1:8080, ${time}`;

it.each([
  ["fast replies", [[9, 9]], []],
  ["a slow first reply", [[11]], [slow("10 s")]],
  ["a very slow one", [[131]], [slow("10 s"), slow("1 min 10 s"), slow("2 min 10 s")]],
  ["one that comes after another", [[9, 50]], []],
  ["silence after replies", [[1], [61]], [slow("1 min")]],
  ["a failure, after which it is as silent", [[-9], [9]], []],
  ["a failure, and then a slow first reply", [[-9], [11]], [slow("10 s")]],
])("%s", async (_, replies, lines) => {
  expect(await ask(...replies)).toEqual(lines);
});
