import { type Example, paperSettings } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Chat, ChatRequest } from "../src/llm/chat.ts";
import { renderShown } from "../src/prompt/prompt.ts";
import { formatting, inOrder, observe, toGenerous, toModel, toPlan } from "./observe-creation.ts";
import { toSaid } from "./shapes.ts";

const toShown = ({ messages }: ChatRequest) => messages[1]?.content;

describe("naive", () => {
  it("always shows the formatting example, and keeps as many requests out as it may", async () => {
    const concurrency = 7;
    const waiting: (() => void)[] = [];
    const model = toGenerous(3);
    // Replies only once all seven are out: with fewer it would wait for ever.
    const chat: Chat = (request) =>
      new Promise((resolve) => {
        waiting.push(() => resolve(model(request)));
        if (waiting.length === concurrency) for (const reply of waiting.splice(0)) reply();
      });
    const plan = toPlan("naive", { target: concurrency * 3 * 4 });
    const { requests, maxInFlight } = await observe(plan, chat, concurrency);
    expect(maxInFlight).toBe(concurrency);
    expect(requests).toHaveLength(concurrency * 4);
    expect(new Set(requests.map(toShown))).toEqual(new Set([renderShown(formatting, "fixed")]));
  });
});

describe("tree", () => {
  it("shows the formatting example, then the kept ones in their order", async () => {
    const { kept, requests } = await observe(toPlan("tree"), inOrder(toGenerous(2)), 1);
    const line = [formatting, ...kept].map((one) => renderShown(one, "fixed"));
    expect(requests.map(toShown)).toEqual(line.slice(0, requests.length));
  });

  it("starts again from its head when every example was shown", async () => {
    let asked = 0;
    const model = toGenerous(2);
    const chat: Chat = async (request) => (asked++ % 4 === 0 ? model(request) : toSaid(""));
    const { kept, requests } = await observe(toPlan("tree", { target: 6 }), chat, 1);
    const [a, b, c, d] = kept;
    expect(requests.map(toShown)).toEqual(
      [formatting, a, b, formatting, a, b, c, d, formatting].map((one) =>
        renderShown(one as Example, "fixed"),
      ),
    );
  });
});

describe.each(["random", "diverse", "similar"] as const)("the chain %s", (setting) => {
  it("shows exactly one of what the reply before brought, or the same again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const { kept, lineages, requests } = await observe(
          toPlan(setting),
          inOrder(toModel(seed)),
          16,
        );
        for (const [place, request] of requests.entries()) {
          if (place === 0) continue;
          const brought = kept.filter((_, line) => lineages[line]?.request === place - 1);
          const before = toShown(requests[place - 1] as ChatRequest);
          const choices = brought.map((one) => renderShown(one, "fixed"));
          expect(choices.length === 0 ? [before] : choices).toContain(toShown(request));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("the settings", () => {
  it("ask differently where a reply holds more than one example", async () => {
    const shown = await Promise.all(
      paperSettings.map(async (setting) => {
        const { requests } = await observe(toPlan(setting), inOrder(toGenerous(3)), 1);
        return JSON.stringify(requests.map(toShown));
      }),
    );
    expect(new Set(shown).size).toBe(paperSettings.length);
  });
});
