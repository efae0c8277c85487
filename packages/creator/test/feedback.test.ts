import { type Example, mostExamples } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CurvePoint, createState, type Refit } from "../src/create/creation.ts";
import { isFlat, renderCurve } from "../src/create/feedback.ts";
import { renderShown } from "../src/prompt/prompt.ts";
import { judgeByQuestion, judgeOne } from "./judge-by-question.ts";
import {
  inOrder,
  observe,
  scheduled,
  toGenerous,
  toModel,
  toPlan,
  toText,
} from "./observe-creation.ts";
import { toSaid } from "./shapes.ts";

/** A model of which every reply holds three new examples of both labels. */
const generous = toGenerous(3);
const both = (request: Parameters<typeof generous>[0]) => {
  const texts = [0, 1, 2].map((i) => toText(`${request.key} ${i}`, i === 0 ? "True" : "False"));
  return toSaid(texts.join("\n"));
};

describe("a creation by feedback", () => {
  it("shows the formatting example in its first chunk, and then what the classifier is least sure of, once", async () => {
    const asked: number[] = [];
    const counting: Refit = (examples) => {
      asked.push(examples.length);
      return judgeByQuestion(examples);
    };
    const plan = toPlan("feedback", { target: 36, chunk: 4 });
    const { kept, lineages, state } = await observe(plan, inOrder(both), 16, { refit: counting });
    expect(lineages.filter(({ request }) => request < 4).map(({ parent }) => parent)).toEqual(
      Array(12).fill(null),
    );
    expect(asked).toEqual([12, 24]);
    expect(state.curve.map(({ n }) => n)).toEqual([12, 24]);
    const parentOf = (request: number) => lineages.find((one) => one.request === request)?.parent;
    const least = (n: number, without: readonly unknown[]) =>
      [...Array(n).keys()]
        .filter((line) => !without.includes(line))
        .sort((a, b) => {
          const [one, other] = [a, b].map((line) => judgeOne(kept[line] as Example).confidence);
          return (one as number) - (other as number);
        })
        .slice(0, 4);
    const second = [4, 5, 6, 7].map(parentOf);
    expect(second).toEqual(least(12, []));
    expect([8, 9, 10, 11].map(parentOf)).toEqual(least(24, second));
  });

  it("shows what was kept first while there is too little to fit, and the formatting example while nothing is", async () => {
    const plan = toPlan("feedback", { target: 9, chunk: 2, patience: 99 });
    let asked = 0;
    const late = inOrder((request) => (asked++ < 3 ? toSaid("") : both(request)));
    const never: Refit = () => Promise.reject(new Error("too early"));
    const { requests, lineages } = await observe(plan, late, 1, { refit: never });
    const shown = requests.map(({ messages }) => messages[1]?.content);
    const [first] = shown;
    expect(first).toBe(renderShown(plan.shape.formatting, "fixed"));
    expect(shown.map((one) => one === first)).toEqual([true, true, true, true, false, false]);
    expect(lineages.map(({ parent }) => parent)).toEqual([null, null, null, 0, 0, 0, 1, 1, 1]);
    expect(new Set(requests.map(({ key }) => key)).size).toBe(requests.length);
  });

  it("keeps the same, with the same lineage and curve, at any concurrency and in any order of arrival", async () => {
    const [targets, concurrencies] = [fc.integer({ min: 1, max: 40 }), fc.constantFrom(2, 3, 16)];
    const random = [fc.nat(), targets, concurrencies, fc.boolean(), fc.scheduler()] as const;
    await fc.assert(
      fc.asyncProperty(...random, async (seed, target, concurrency, balance, scheduler) => {
        const plan = toPlan("feedback", { target, balance, chunk: 1 + (seed % 5) });
        const one = await observe(plan, inOrder(toModel(seed)), 1, { refit: judgeByQuestion });
        const other = await scheduler.waitFor(
          observe(plan, scheduled(toModel(seed), scheduler), concurrency, {
            refit: judgeByQuestion,
          }),
        );
        const { kept, lineages, rejected } = one;
        expect(other).toMatchObject({ kept, lineages, rejected });
        expect(other.state.curve).toEqual(one.state.curve);
        const used = one.state.funnel.completions;
        expect(other.requests.slice(0, used)).toEqual(one.requests.slice(0, used));
      }),
      { numRuns: 60 },
    );
  });

  it("fails with the classifier", async () => {
    const broken: Refit = () => Promise.reject(new Error("no encoder"));
    const plan = toPlan("feedback", { target: 36 });
    await expect(observe(plan, inOrder(both), 16, { refit: broken })).rejects.toThrow("no encoder");
  });
});

const toCurve = (...percents: number[]): CurvePoint[] =>
  percents.map((percent, i) => ({ n: 20 * (i + 1), accuracy: percent / 100, error: 0.05 }));

describe("a creation that stops when flat", () => {
  it.each<[string, number[], boolean]>([
    ["too short", [60, 60, 60], false],
    ["equal", [60, 60, 60, 60], true],
    ["risen by less than the error", [60, 61, 63, 64.9], true],
    ["risen by more once, of three", [60, 66, 60, 60], false],
    ["risen by more in the third", [60, 60, 60, 66], false],
    ["risen four chunks ago", [50, 70, 71, 72, 73], true],
    ["falling", [80, 70, 60, 50], true],
    ["rising", [40, 50, 60, 70, 80], false],
  ])("%s", (_, percents, flat) => {
    expect(isFlat(toCurve(...percents))).toBe(flat);
  });

  it.each(["tree", "random", "feedback"] as const)(
    "%s: ends at the same example at any concurrency, the beginning of one that does not stop",
    async (setting) => {
      const plan = toPlan(setting, {
        ...{ target: 300, chunk: 4, stopWhenFlat: true },
        chains: setting === "random" ? 3 : 1,
      });
      const one = await observe(plan, inOrder(both), 1, { refit: judgeByQuestion });
      expect(one.state.isFlat).toBe(true);
      expect(one.kept.length).toBeLessThan(300);
      expect(one.state.curve.at(-1)?.n).toBe(one.kept.length);
      const other = await observe(plan, inOrder(both), 16, { refit: judgeByQuestion });
      expect(other.kept).toEqual(one.kept);
      expect(other.lineages).toEqual(one.lineages);
      const going = await observe({ ...plan, stopWhenFlat: false }, inOrder(both), 16, {
        refit: judgeByQuestion,
      });
      expect(going.kept.slice(0, one.kept.length)).toEqual(one.kept);
      expect(going.kept).toHaveLength(300);
    },
  );

  it("looks at a chunk of which something was kept alone", async () => {
    let asked = 0;
    const sparse = inOrder((request) => (asked++ % 3 === 0 ? both(request) : toSaid("")));
    const plan = toPlan("tree", { target: 30, chunk: 1, stopWhenFlat: true });
    const steady: Refit = async (examples) => ({
      confidence: examples.map(() => 1),
      right: examples.map((_, i) => i % 2 === 0),
    });
    const { state } = await observe(plan, sparse, 1, { refit: steady });
    expect(state.curve.map(({ n }) => n)).toEqual([12, 15, 18, 21]);
    expect(state.isFlat).toBe(true);
  });

  it("says what that saved, and how a classifier did otherwise", () => {
    const state = createState();
    const curve = toCurve(60, 61, 62, 63);
    const funnel = { completions: 20, candidates: 90, valid: 85, new: 82, kept: 80 };
    Object.assign(state, { curve, funnel, isFlat: true });
    Object.assign(state.tokens, { promptTokens: 6000, completionTokens: 2000 });
    const target = { target: 240, tokens: null };
    expect(renderCurve(target, state)).toBe(
      "the classifier gets no better: right about 60.0 % of 20, 61.0 % of 40, 62.0 % of 60, 63.0 % of 80 kept examples on five folds (standard error 5.0 %); --stop-when-flat ended at 80 of 240, which saved about 40 requests and 16,000 tokens",
    );
    const byTokens = { target: mostExamples, tokens: 12_000 };
    expect(renderCurve(byTokens, { ...state, counted: 6000 })).toContain(
      "ended at 80 kept, 6,000 of 12,000 tokens, which saved about 20 requests and 8,000 tokens",
    );
    expect(renderCurve(target, { ...state, isFlat: false })).toBe(
      "the classifier that was fitted as it went was right about 60.0 % of 20, 61.0 % of 40, 62.0 % of 60, 63.0 % of 80 kept examples on five folds (standard error 5.0 %)",
    );
    expect(renderCurve(target, createState())).toBeNull();
  });
});
