import { createRandom, type Example, paperSettings, toAnswer } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderGivenUp } from "../src/create/creation.ts";
import type { ChatRequest } from "../src/llm/chat.ts";
import type { Shape } from "../src/prompt/prompt.ts";
import { inOrder, observe, scheduled, similarities, toPlan } from "./observe-creation.ts";
import { toSaid } from "./shapes.ts";

const topics = ["billing", "delivery", "returns", "other"];

const formatting: Example = { question: "Where is it?", context: null, options: topics, label: 1 };
const shape: Shape = { formatting, options: "fixed" };

const toText = (question: string, answer: string) =>
  JSON.stringify({ Options: topics, Answer: answer, Question: question });

/** The label that a request asks for. */
const toWanted = ({ messages }: ChatRequest) =>
  /answer of every object is "(.+)"/.exec(messages[0]?.content ?? "")?.[1] ?? "";

/** A model that is asked for a label and gives another one in half of its examples, most often "other". */
function toUnruly(seed: number) {
  return (request: ChatRequest) => {
    const random = createRandom("unruly", seed, request.key);
    const said = Array.from({ length: random.int(5) }, () => {
      const answer = random.pick([toWanted(request), toWanted(request), "other", "billing"]);
      return toText(`Question ${random.int(random.pick([30, 1e9]))}?`, answer);
    });
    return toSaid(said.join("\n"));
  };
}

function countLabels(kept: readonly Example[]) {
  return topics.map((topic) => kept.filter((one) => toAnswer(one) === topic).length);
}

describe.each(paperSettings)("a balanced creation by %s", (setting) => {
  it("keeps as many of each label, the same at any concurrency and in any order of arrival, with several chains too", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(1, 2, 5),
        fc.constantFrom(1, 2, 3, 16),
        fc.scheduler(),
        async (seed, target, chains, concurrency, scheduler) => {
          const isChained = setting !== "naive" && setting !== "tree";
          const plan = toPlan(setting, {
            ...{ shape, target, balance: true, patience: 1000 },
            chains: isChained ? chains : 1,
          });
          const one = await observe(plan, inOrder(toUnruly(seed)), 1);
          const quotas = topics.map((_, i) => Math.floor((target + 3 - i) / 4));
          expect(countLabels(one.kept)).toEqual(quotas);
          const over = one.rejected.filter(({ reason }) => reason === "over quota");
          expect(one.state.rejections["over quota"] ?? 0).toBe(over.length);
          const other = await scheduler.waitFor(
            observe(plan, scheduled(toUnruly(seed), scheduler), concurrency),
          );
          expect(other.kept).toEqual(one.kept);
          expect(other.lineages).toEqual(one.lineages);
          expect(other.rejected).toEqual(one.rejected);
          const { completions } = one.state.funnel;
          expect(other.state.funnel.completions).toBe(completions);
          // Chains ask in another order.
          if (plan.chains === 1)
            expect(other.requests.slice(0, completions)).toEqual(
              one.requests.slice(0, completions),
            );
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe("a balanced creation", () => {
  const plan = toPlan("tree", { shape, target: 40, balance: true, patience: 5 });

  it("asks for labels in turn, and after every eight requests only for those that are not full", async () => {
    const model = ({ key, ...request }: ChatRequest) =>
      toSaid(
        // Of "returns" it gives one example a request, of the others four.
        Array.from({ length: toWanted({ key, ...request }) === "returns" ? 1 : 4 }, (_, i) =>
          toText(`${key} ${i}`, toWanted({ key, ...request })),
        ).join("\n"),
      );
    const { requests, kept, state } = await observe(plan, inOrder(model), 16);
    const wanted = requests.slice(0, state.funnel.completions).map(toWanted);
    expect(wanted.slice(0, 16)).toEqual([...topics, ...topics, ...topics, ...topics]);
    expect(wanted.slice(16)).toEqual(Array(6).fill("returns"));
    expect(countLabels(kept)).toEqual([10, 10, 10, 10]);
    expect(state.rejections).toEqual({ "over quota": 18 });
  });

  it("has no more in flight than a block", async () => {
    const { maxInFlight } = await observe(
      { ...plan, setting: "naive", target: 400 },
      inOrder(toUnruly(1)),
      100,
    );
    expect(maxInFlight).toBe(8);
  });

  it("shows nothing that it set aside", async () => {
    const { kept, requests } = await observe({ ...plan, patience: 1000 }, inOrder(toUnruly(5)), 4);
    const questions = [formatting, ...kept].map(({ question }) => question);
    for (const { messages } of requests)
      expect(questions).toContain(JSON.parse(messages[1]?.content ?? "").Question);
  });

  it("names the label that cannot be filled", async () => {
    const model = (request: ChatRequest) =>
      toSaid(toText(request.key, toWanted(request).replace("returns", "other")));
    const { state } = await observe(plan, inOrder(model), 4);
    expect(state.gaveUp).toBe(true);
    expect(renderGivenUp(plan, state)).toMatch(
      /^5 replies in a row with nothing kept, 30 of 40 examples so far; labels still wanted: "returns" \(0 of 10\) \(rejected: \d+ over quota; the last, over quota: "\w+"\)$/,
    );
  });

  it("with options that vary balances the place of the right one", async () => {
    const varying: Shape = {
      formatting: { ...formatting, options: ["a", "b", "c"], label: 0 },
      options: "varying",
    };
    let asked = 0;
    const model = ({ key }: ChatRequest) =>
      toSaid(
        [0, 1, 2, 0]
          .map((label, i) => {
            const options = [0, 1, 2].map((place) => `${key} ${place}`);
            const [Question, Answer] = [`${asked++} ${i} ${key}`, options[label]];
            return JSON.stringify({ Question, Options: options, Answer });
          })
          .join("\n"),
      );
    const { state } = await observe(
      toPlan("naive", { shape: varying, target: 9, balance: true }),
      inOrder(model),
      3,
    );
    expect(state.labels).toEqual({ 1: 3, 2: 3, 3: 3 });
  });
});

describe("with relabelling", () => {
  /** Answers by the number in the question: the creator's label is right in a fourth of the cases. */
  const answer = async ({ messages }: ChatRequest) => {
    const { Question } = JSON.parse(messages[1]?.content ?? "");
    const random = createRandom("answer", Question);
    return toSaid(JSON.stringify({ answer: random.pick(topics) }));
  };
  const check = {
    ...{
      times: 1,
      relabel: true,
      answers: "text" as const,
      minAgreement: null,
      seed: 1,
      about: null,
    },
    parameters: { model: "m", temperature: 1, topP: 1, maxTokens: 100 },
  };

  it.each(paperSettings)("quotas and what %s shows see the final label", async (setting) => {
    const plan = toPlan(setting, { shape, target: 24, balance: true, check, patience: 1000 });
    const deps = { answer, similarities };
    const one = await observe(plan, inOrder(toUnruly(2)), 1, deps);
    expect(countLabels(one.kept)).toEqual([6, 6, 6, 6]);
    const changed = one.kept.filter((kept, i) => one.lineages[i]?.created !== toAnswer(kept));
    expect(changed.length).toBeGreaterThan(0);
    expect(one.state.relabelled).toBe(changed.length);
    for (const [i, { parent, key }] of one.lineages.entries()) {
      const shown = parent === null ? formatting : (one.kept[parent] as Example);
      const request = one.requests.find((request) => request.key === key) as ChatRequest;
      expect(JSON.parse(request.messages[1]?.content ?? "")).toMatchObject({
        Question: shown.question,
        Answer: toAnswer(shown),
      });
      const { agreement } = one.lineages[i] ?? {};
      expect(agreement?.answers[one.kept[i]?.label ?? -1]).toBe(1);
    }
    const other = await observe(plan, inOrder(toUnruly(2)), 16, deps);
    expect(other.kept).toEqual(one.kept);
    expect(other.lineages).toEqual(one.lineages);
  });

  it("ends where most answers are cut, and says that it need not be", async () => {
    const plan = toPlan("naive", { shape, target: 24, check });
    const cut = async () => ({ ...toSaid("Let me"), finishReason: "length" as const });
    await expect(observe(plan, inOrder(toUnruly(2)), 4, { answer: cut })).rejects.toThrow(
      /answers were cut at 100 tokens, .*: raise --max-tokens, or leave labels as created by --relabel off$/,
    );
  });
});
