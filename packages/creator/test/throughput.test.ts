import { describe, expect, it } from "vitest";
import type { Chat } from "../src/llm/chat.ts";
import { createStopwatch } from "../src/run/throughput.ts";
import { toSaid } from "./shapes.ts";

/** A chat whose replies come when the test says so, at its time. */
function toWorld() {
  const clock = { ms: 5000 };
  const waiting = new Map<string, (failed?: Error) => void>();
  const chat: Chat = ({ key }) =>
    new Promise((resolve, reject) => {
      waiting.set(key, (failed) => (failed ? reject(failed) : resolve(toSaid(key))));
    });
  const stopwatch = createStopwatch(
    () => clock.ms,
    (key) => !key.startsWith("old"),
  );
  const watched = stopwatch.watch(chat);
  const ask = (key: string) => watched({ messages: [], seed: 0, key });
  const come = async (key: string, reply: Promise<unknown>, failed?: Error) => {
    waiting.get(key)?.(failed);
    await reply.catch(() => {});
  };
  return { clock, read: stopwatch.read, ask, come };
}

describe("the throughput", () => {
  it("is not known before a live reply; time goes by all the same", async () => {
    const { clock, read, ask, come } = toWorld();
    clock.ms += 3000;
    await come("old", ask("old"));
    expect(read()).toEqual({ elapsed: 3, came: 1, live: 0, perSecond: null, seconds: null });
  });

  it("is counted from when the first live request was sent, a journal's replies left out", async () => {
    const { clock, read, ask, come } = toWorld();
    for (let i = 0; i < 100; i++) await come(`old ${i}`, ask(`old ${i}`));
    clock.ms += 1000;
    const [one, two] = [ask("one"), ask("two")];
    clock.ms += 2000;
    await come("one", one);
    clock.ms += 2000;
    await come("two", two);
    clock.ms += 1000;
    // 2 replies in 5 seconds; they took 2 and 4 seconds.
    expect(read()).toEqual({ elapsed: 6, came: 102, live: 2, perSecond: 2 / 5, seconds: 3 });
  });

  it("is lower the longer nothing comes", async () => {
    const { clock, read, ask, come } = toWorld();
    const one = ask("one");
    clock.ms += 1000;
    await come("one", one);
    expect(read().perSecond).toBe(1);
    clock.ms += 9000;
    expect(read().perSecond).toBe(0.1);
  });

  it("is that of late: the last 256 live replies", async () => {
    const { clock, read, ask, come } = toWorld();
    const reply = async (ms: number) => {
      const one = ask("one");
      clock.ms += ms;
      await come("one", one);
    };
    for (let i = 0; i < 300; i++) await reply(10_000);
    for (let i = 0; i < 256; i++) await reply(500);
    expect(read()).toMatchObject({ came: 556, live: 556, perSecond: 2, seconds: 0.5 });
  });

  it("does not count what fails, which goes on to whoever asked", async () => {
    const { read, ask, come } = toWorld();
    const one = ask("one");
    await come("one", one, new Error("no luck"));
    await expect(one).rejects.toThrow("no luck");
    expect(read()).toMatchObject({ came: 0, live: 0, perSecond: null });
  });
});
