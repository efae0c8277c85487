import {
  createRandom,
  type Example,
  normaliseQuestion,
  paperSettings,
  toAnswer,
} from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CreationState } from "../src/create/creation.ts";
import type { CreationPlan } from "../src/create/creation-options.ts";
import type { Chat, ChatRequest, Completion } from "../src/llm/chat.ts";
import { renderShown } from "../src/prompt/prompt.ts";
import { isRejection } from "../src/reply/candidate.ts";
import {
  formatting,
  inOrder,
  observe,
  type Seen,
  scheduled,
  similarities,
  toGenerous,
  toModel,
  toPlan,
} from "./observe-creation.ts";
import { replyRules } from "./reading-words.ts";
import { toSaid } from "./shapes.ts";

/**
 * The settings as the paper tells them, in the plainest way: one request after the other, the whole
 * history in memory. What `create` must agree with.
 */
async function createPlainly(plan: CreationPlan, model: (request: ChatRequest) => Completion) {
  const kept: Example[] = [];
  const shown: Example[] = [];
  const random = createRandom("creation", plan.seed, plan.setting);
  let current = formatting;
  let next = 0;
  let barren = 0;
  const askings = new Map<Example, number>();
  while (kept.length < plan.target && barren < plan.patience) {
    if (plan.setting === "naive") current = formatting;
    if (plan.setting === "tree") {
      const line = [formatting, ...kept];
      if (next >= line.length) next = 0;
      current = line[next++] as Example;
    }
    shown.push(current);
    const asking = askings.get(current) ?? 0;
    askings.set(current, asking + 1);
    const completion = model(await toRequestOf(plan, current, asking));
    const created: Example[] = [];
    for (const reading of plan.readReply(completion, plan.shape, plan.perRequest)) {
      if (isRejection(reading) || kept.length === plan.target) continue;
      const { answer, ...example } = reading;
      const label = example.options.indexOf(answer);
      const known = [formatting, ...kept].map(({ question }) => normaliseQuestion(question));
      if (label < 0 || known.includes(normaliseQuestion(reading.question))) continue;
      kept.push({ ...example, label });
      created.push({ ...example, label });
    }
    barren = created.length === 0 ? barren + 1 : 0;
    if (created.length === 0) continue;
    const scores = await similarities(
      current.question,
      created.map(({ question }) => question),
    );
    const sorted = created.map((one, i) => ({ one, score: scores[i] as number }));
    sorted.sort((x, y) => y.score - x.score);
    if (plan.setting === "random") current = random.pick(created);
    if (plan.setting === "similar") current = sorted[0]?.one as Example;
    if (plan.setting === "diverse") current = sorted.at(-1)?.one as Example;
  }
  return { kept, shown };
}

/** The request with which `create` asks for the n-th time with an example, out of a naive creation. */
async function toRequestOf(plan: CreationPlan, shown: Example, asking: number) {
  const alone: CreationPlan = {
    ...plan,
    setting: "naive",
    shape: { ...plan.shape, formatting: shown },
    target: 1,
    patience: asking + 1,
    readReply: () => [],
  };
  const { requests } = await observe(
    alone,
    inOrder(() => toSaid("")),
    1,
  );
  return requests[asking] as ChatRequest;
}

const toShown = ({ messages }: ChatRequest) => messages[1]?.content;
const seeds = fc.nat();
const targets = fc.integer({ min: 1, max: 30 });
const concurrencies = fc.constantFrom(1, 2, 3, 16);

describe.each(paperSettings)("a creation by %s", (setting) => {
  it("keeps exactly what the plainest sequential loop keeps, from the same shown examples", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, targets, async (seed, target) => {
        const plan = toPlan(setting, { target, patience: 4 });
        const { kept, shown } = await createPlainly(plan, toModel(seed));
        const seen = await observe(plan, inOrder(toModel(seed)), 1);
        expect(seen.kept).toEqual(kept);
        expect(seen.requests.map(toShown)).toEqual(
          shown.map((one) => renderShown(one, plan.shape.options)),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the same, with the same lineage, at any concurrency and in any order of arrival", async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        targets,
        concurrencies,
        fc.scheduler(),
        async (seed, target, concurrency, scheduler) => {
          const plan = toPlan(setting, { target });
          const one = await observe(plan, inOrder(toModel(seed)), 1);
          const other = await scheduler.waitFor(
            observe(plan, scheduled(toModel(seed), scheduler), concurrency),
          );
          expect(other.kept).toEqual(one.kept);
          expect(other.lineages).toEqual(one.lineages);
          expect(toSettled(other.state)).toEqual(toSettled(one.state));
          const used = (seen: Seen) => seen.requests.slice(0, seen.state.funnel.completions);
          expect(used(other)).toEqual(used(one));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps the target or gives up, no question twice, the label among the options, never the formatting example", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, targets, concurrencies, async (seed, target, concurrency) => {
        const { kept, lineages, state } = await observe(
          toPlan(setting, { target }),
          inOrder(toModel(seed)),
          concurrency,
        );
        expect(kept).toHaveLength(state.funnel.kept);
        expect(lineages).toHaveLength(state.funnel.kept);
        if (!state.gaveUp) expect(state.funnel.kept).toBe(target);
        else expect(state.funnel.kept).toBeLessThan(target);
        const questions = [formatting, ...kept].map((one) => normaliseQuestion(one.question));
        expect(new Set(questions).size).toBe(kept.length + 1);
        for (const one of kept) {
          expect(one.options).toEqual(formatting.options);
          expect(one.options).toContain(toAnswer(one));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has a lineage that leads back to the formatting example", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, targets, concurrencies, async (seed, target, concurrency) => {
        const { kept, lineages, requests } = await observe(
          toPlan(setting, { target }),
          inOrder(toModel(seed)),
          concurrency,
        );
        for (const [line, { parent, depth, request, key }] of lineages.entries()) {
          const shown = parent === null ? formatting : (kept[parent] as Example);
          expect(parent ?? -1).toBeLessThan(line);
          expect(depth).toBe(parent === null ? 1 : (lineages[parent]?.depth as number) + 1);
          expect(requests[request]?.key).toBe(key);
          expect(toShown(requests[request] as ChatRequest)).toBe(renderShown(shown, "fixed"));
          if (parent !== null) expect(lineages[parent]?.request).toBeLessThan(request);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("never asks the same twice, never more at once than allowed, never more than is likely to be needed", async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        targets,
        concurrencies,
        fc.scheduler(),
        async (seed, target, concurrency, scheduler) => {
          const plan = toPlan(setting, { target });
          const { requests, maxInFlight, expected, state } = await scheduler.waitFor(
            observe(plan, scheduled(toModel(seed), scheduler), concurrency),
          );
          expect(new Set(requests.map(({ key }) => key)).size).toBe(requests.length);
          expect(
            new Set(requests.map(({ messages, seed }) => JSON.stringify([messages, seed]))).size,
          ).toBe(requests.length);
          expect(maxInFlight).toBeLessThanOrEqual(concurrency);
          for (const number of expected) expect(number).toBeLessThan(target);
          expect(state.inFlight).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("stops when its patience is over, after exactly so many replies with nothing kept", async () => {
    for (const concurrency of [1, 3, 16])
      for (const patience of [1, 5, 20]) {
        const chat = inOrder(() => toSaid("Nothing comes to my mind."));
        const plan = toPlan(setting, { patience, target: 1000 });
        const { kept, state } = await observe(plan, chat, concurrency);
        expect(kept).toEqual([]);
        expect(state).toMatchObject({
          gaveUp: true,
          funnel: { completions: patience, candidates: 0, kept: 0 },
          rejections: { "no JSON": patience },
        });
      }
  });

  it("has patience anew after each reply of which something was kept", async () => {
    let asked = 0;
    const model = toGenerous(1);
    const chat: Chat = async (request) => (asked++ % 3 === 2 ? model(request) : toSaid(""));
    const { state } = await observe(toPlan(setting, { patience: 3, target: 5 }), chat, 1);
    expect(state).toMatchObject({ funnel: { kept: 5, completions: 15 }, gaveUp: false });
  });

  it("rejects with the failure, after the replies still out have arrived and those before it are settled", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(6),
        concurrencies,
        fc.scheduler(),
        async (place, concurrency, scheduler) => {
          const model = toGenerous(3);
          let open = 0;
          let asked = 0;
          const kept: Example[] = [];
          const failing: Chat = async (request) => {
            const fails = asked++ === place;
            open += 1;
            const completion = await scheduler.schedule(Promise.resolve(model(request)));
            open -= 1;
            if (fails) throw new Error(`no reply at ${place}`);
            return completion;
          };
          const plan = toPlan(setting, { target: 60 });
          const outcome = await scheduler.waitFor(
            observe(plan, failing, concurrency, {
              keep: (example) => void kept.push(example),
            }).then(
              () => "no failure",
              (error: Error) => error.message,
            ),
          );
          expect(outcome).toBe(`no reply at ${place}`);
          expect(open).toBe(0);
          const whole = await observe(plan, inOrder(model), 1);
          expect(kept).toEqual(whole.kept.slice(0, place * 3));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("does not mind the failure of a request that turns out not to be needed", async () => {
    const model = toGenerous(12);
    let asked = 0;
    const chat: Chat = async (request) => {
      if (asked++ > 0) throw new Error("the recording ends here");
      return model(request);
    };
    const { state } = await observe(toPlan(setting, { target: 12 }), chat, 16);
    expect(state).toMatchObject({ funnel: { kept: 12, completions: 1 } });
  });

  it("with a smaller target is the beginning of the larger one", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, targets, concurrencies, async (seed, target, concurrency) => {
        const large = await observe(toPlan(setting, { target: 30 }), inOrder(toModel(seed)), 16);
        const small = await observe(
          toPlan(setting, { target }),
          inOrder(toModel(seed)),
          concurrency,
        );
        expect(small.kept).toEqual(large.kept.slice(0, target));
        expect(small.lineages).toEqual(large.lineages.slice(0, target));
      }),
      { numRuns: 30 },
    );
  });

  it("asks otherwise with another seed, model, temperature, top-p or reply limit", async () => {
    const toKey = async (plan: CreationPlan) =>
      (await observe({ ...plan, target: 1 }, inOrder(toGenerous(1)), 1)).requests[0]?.key;
    const plan = toPlan(setting);
    const others: Partial<CreationPlan>[] = [
      { seed: 2 },
      { instruction: "Write others." },
      ...Object.entries({ model: "n", temperature: 0.5, topP: 0.5, maxTokens: 99 }).map(
        ([name, value]) => ({ parameters: { ...plan.parameters, [name]: value } }),
      ),
    ];
    const keys = await Promise.all(
      [plan, ...others.map((one) => ({ ...plan, ...one }))].map(toKey),
    );
    expect(new Set(keys).size).toBe(others.length + 1);
    const same = { target: 99, patience: 1, readReply: replyRules.strict, perRequest: 9 };
    expect(await toKey({ ...plan, ...same })).toBe(keys[0]);
  });

  it("counts tokens, uncounted replies and adaptations of what came", async () => {
    const model = toGenerous(3);
    let asked = 0;
    const chat: Chat = async (request) => ({
      ...model(request),
      usage: asked++ === 0 ? null : { promptTokens: 7, completionTokens: 3 },
      adapted: asked === 2 ? ["without seed"] : [],
    });
    const { state } = await observe(toPlan(setting, { target: 9 }), chat, 1);
    expect(state).toMatchObject({
      funnel: { completions: 3 },
      tokens: { uncounted: 1, promptTokens: 14, completionTokens: 6 },
      adapted: new Set(["without seed"]),
    });
  });
});

/** What must not depend on timing: replies that came and were not needed are paid for all the same. */
function toSettled({ funnel, rejections, labels, gaveUp }: CreationState) {
  return { funnel, rejections, labels, gaveUp };
}
