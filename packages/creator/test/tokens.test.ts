import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, creationFiles, mostExamples } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createExamples } from "../src/create/create-examples.ts";
import { type CreationPlan, planExamples } from "../src/create/creation-options.ts";
import type { ChatRequest, Completion } from "../src/llm/chat.ts";
import { judgeByQuestion } from "./judge-by-question.ts";
import { inOrder, observe, scheduled, toModel, toPlan, toText } from "./observe-creation.ts";
import { toSaid } from "./shapes.ts";

/** Tokens of a request's reply: 50 to 149. */
const tokensOf = ({ key }: ChatRequest) => 50 + createRandom("tokens", key).int(100);

/** A model of replies of any length, which also names attributes. */
function toCounted(seed: number) {
  const creates = toModel(seed);
  return (request: ChatRequest): Completion => {
    const isNaming = /^Output only a JSON array of/m.test(request.messages[1]?.content ?? "");
    const reply = isNaming ? toSaid('["history", "sport"]') : creates(request);
    return { ...reply, usage: { promptTokens: tokensOf(request) - 20, completionTokens: 20 } };
  };
}

const ways = [
  ["naive", 1],
  ["random", 1],
  ["random", 3],
  ["tree", 1],
  ["attributes", 1],
  ["feedback", 1],
] as const;

const toTokenPlan = (
  setting: (typeof ways)[number][0],
  tokens: number | null,
  more: Partial<CreationPlan> = {},
) => toPlan(setting, { target: mostExamples, tokens, patience: 99, chunk: 3, ...more });

/** How an answer of a label check is asked for and given. */
const check = (minAgreement: number | null, relabel = false) => ({
  ...{ times: 2, relabel, answers: "text" as const, minAgreement, seed: 1, about: null },
  parameters: { model: "m", temperature: 1, topP: 1, maxTokens: 100 },
});
const answering = inOrder(() => ({
  ...toSaid('{"answer": "True"}'),
  usage: { promptTokens: 25, completionTokens: 5 },
}));

describe("a creation that ends by tokens", () => {
  it.each(ways)(
    "%s, %i chains: ends with the reply that reaches them, at any concurrency",
    async (setting, chains) => {
      const refit = judgeByQuestion;
      await fc.assert(
        fc.asyncProperty(
          fc.nat(),
          fc.integer({ min: 600, max: 4000 }),
          fc.scheduler(),
          async (seed, tokens, scheduler) => {
            const plan = toTokenPlan(setting, tokens, { chains });
            const model = toCounted(seed);
            const one = await observe(plan, inOrder(model), 1, { refit });
            const { counted, naming, funnel } = one.state;
            const names = naming?.replies ?? 0;
            const taken = one.requests.slice(0, names + funnel.completions).map(tokensOf);
            expect(counted).toBe(taken.reduce((sum, n) => sum + n, 0));
            expect(counted).toBeGreaterThanOrEqual(tokens);
            if (funnel.completions > 0) expect(counted - (taken.at(-1) ?? 0)).toBeLessThan(tokens);
            const other = await scheduler.waitFor(
              observe(plan, scheduled(model, scheduler), 8, { refit }),
            );
            expect(other.kept).toEqual(one.kept);
            expect(other.lineages).toEqual(one.lineages);
            expect(other.rejected).toEqual(one.rejected);
            expect(other.state.counted).toBe(counted);
            const more = await observe({ ...plan, tokens: tokens + 700 }, inOrder(model), 8, {
              refit,
            });
            expect(more.kept.slice(0, one.kept.length)).toEqual(one.kept);
          },
        ),
        { numRuns: 15 },
      );
    },
  );

  it("asks for little more than it takes", async () => {
    const plan = toTokenPlan("naive", 5000);
    const { requests, state } = await observe(plan, inOrder(toCounted(1)), 64);
    expect(state.funnel.completions).toBeGreaterThan(40);
    expect(requests.length - state.funnel.completions).toBeLessThan(10);
  });

  it("ends at its examples where these come first", async () => {
    const plan = toTokenPlan("naive", 1e6, { target: 7 });
    const { kept, state } = await observe(plan, inOrder(toCounted(1)), 8);
    expect(kept).toHaveLength(7);
    expect(state.counted).toBeLessThan(2000);
  });

  it.each([
    ["relabelling answers", check(null, true), true],
    ["answers that filter", check(0.5), true],
    ["answers that only measure", check(null), false],
  ])("counts %s of the examples that came to them: %#", async (_, check, isCounted) => {
    const plan = toTokenPlan("tree", 3000, { check });
    const model = inOrder(toCounted(3));
    const one = await observe(plan, model, 1, { answer: answering });
    const { state, requests } = one;
    const replies = requests.slice(0, state.funnel.completions).map(tokensOf);
    const created = replies.reduce((sum, n) => sum + n, 0);
    const checked = 2 * 30 * state.agreement.examples;
    expect(checked).toBeGreaterThan(500);
    expect(state.counted).toBe(created + (isCounted ? checked : 0));
    const other = await observe(plan, model, 16, { answer: answering });
    expect(other.kept).toEqual(one.kept);
    expect(other.state.counted).toBe(state.counted);
  });

  it("counts a token for four bytes where the server counts none, and what it refuses", async () => {
    const plan = toTokenPlan("naive", 2000);
    let n = 0;
    const silent = inOrder(({ key }) => {
      n += 1;
      return n % 2 === 0
        ? toSaid("", { usage: null, refused: "no" })
        : toSaid(toText(`Is ${key} even?`), { usage: null });
    });
    const { state, requests } = await observe(plan, silent, 1);
    const sent = requests.map(({ messages }) => messages.map(({ content }) => content).join(""));
    const bytes = sent.map((text, i) => {
      const reply = i % 2 === 0 ? toText(`Is ${requests[i]?.key} even?`) : "";
      return Math.ceil((Buffer.byteLength(text) + Buffer.byteLength(reply)) / 4);
    });
    expect(state.counted).toBe(bytes.reduce((sum, one) => sum + one, 0));
  });

  it("goes on after an interruption to the same files", async () => {
    const files = async (folder: string, stopAfter: number) => {
      const options = {
        ...{ example: toPlan("tree").shape.formatting, tokens: 3000, perRequest: 3 },
        ...{ chat: inOrder(toCounted(5)), folder, patience: 99 },
        verify: { times: 1, relabel: true, chat: answering },
      };
      let n = 0;
      for await (const _ of createExamples(options)) if (++n === stopAfter) break;
      return Object.values(creationFiles).map((name) => readFileSync(join(folder, name), "utf8"));
    };
    const whole = await files(tempFolder(), 0);
    const folder = tempFolder();
    await files(folder, 4);
    await files(folder, 9);
    expect(await files(folder, 0)).toEqual(whole);
    expect(whole[0]?.split("\n").length).toBeGreaterThan(12);
  });

  it("says when too few bring an example", async () => {
    const { formatting: example } = toPlan("tree").shape;
    const chat = inOrder(toCounted(1));
    const run = async () => {
      const creation = createExamples({ example, setting: "attributes", tokens: 100, chat });
      for await (const _ of creation);
    };
    await expect(run()).rejects.toThrow(
      /^--tokens 100: expected enough for an example: 5 replies named attributes, 0 replies to requests for examples, \d+ tokens, nothing kept \(rejected: none\)$/,
    );
  });

  it("needs a target, and one in examples to balance", () => {
    const { formatting: example } = toPlan("tree").shape;
    expect(() => planExamples({ example })).toThrow("target: expected a whole number from 1");
    expect(() => planExamples({ example, tokens: 0 })).toThrow("tokens: expected a whole number");
    expect(() => planExamples({ example, tokens: 9, balance: true })).toThrow(
      "target: expected a number with balance",
    );
    expect(planExamples({ example, tokens: 9 })).toMatchObject({ target: mostExamples, tokens: 9 });
  });
});
