import { type Example, normaliseQuestion } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseChecks } from "../src/filters/checks.ts";
import type { ChatRequest } from "../src/llm/chat.ts";
import type { Candidate } from "../src/reply/candidate.ts";
import {
  formatting,
  inOrder,
  observe,
  scheduled,
  toGenerous,
  toModel,
  toPlan,
} from "./observe-creation.ts";

const seeds = fc.nat();
const chainCounts = fc.integer({ min: 2, max: 7 });

describe.each(["random", "diverse", "similar"] as const)("chains of %s", (setting) => {
  it("keep the same, with the same lineage and rejections, at any concurrency and in any order of arrival", async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        chainCounts,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(1, 2, 5, 16),
        fc.scheduler(),
        async (seed, chains, target, concurrency, scheduler) => {
          const plan = toPlan(setting, { target, chains });
          const one = await observe(plan, inOrder(toModel(seed)), 1);
          const other = await scheduler.waitFor(
            observe(plan, scheduled(toModel(seed), scheduler), concurrency),
          );
          expect(other.kept).toEqual(one.kept);
          expect(other.lineages).toEqual(one.lineages);
          expect(other.rejected).toEqual(one.rejected);
          expect(other.state.funnel).toEqual(one.state.funnel);
          expect(other.maxInFlight).toBeLessThanOrEqual(concurrency);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("take turns, and each shows what it created itself, whatever the others do", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, chainCounts, async (seed, chains) => {
        const plan = toPlan(setting, { target: 40, chains, patience: 50 });
        const { kept, lineages, rejected, requests, state } = await observe(
          plan,
          inOrder(toModel(seed)),
          16,
        );
        expect(state.funnel.kept).toBe(kept.length);
        const questions = [formatting, ...kept].map((one) => normaliseQuestion(one.question));
        expect(new Set(questions).size).toBe(kept.length + 1);
        const asked = new Map(requests.map((request) => [request.key, request]));
        for (const { request, chain, key, parent, depth } of lineages) {
          expect(chain).toBe(request % chains);
          const shown = parent === null ? formatting : (kept[parent] as Example);
          // A parent that another chain created first is the line that it repeats.
          const question = toQuestion(toShown(asked.get(key)));
          expect(normaliseQuestion(question)).toBe(normaliseQuestion(shown.question));
          expect(depth).toBeLessThanOrEqual(Math.floor(request / chains) + 1);
        }
        for (const { reason, closeTo, candidate } of rejected)
          if (reason === "duplicate" && closeTo && "created" in closeTo)
            expect(normaliseQuestion((candidate as Candidate).question)).toBe(
              normaliseQuestion(kept[closeTo.created]?.question ?? ""),
            );
      }),
      { numRuns: 60 },
    );
  });

  it("hold nothing up: with K chains K requests are out, though one of them is slow", async () => {
    const chains = 5;
    const model = toGenerous(3);
    let slow = () => {};
    let others = 0;
    const { state } = await observe(
      toPlan(setting, { target: 3 * chains * 6, chains }),
      (request) =>
        new Promise((resolve) => {
          const reply = () => resolve(model(request));
          // The first request answers only once the other chains are five requests further.
          if (slow.name === "") slow = Object.defineProperty(reply, "name", { value: "slow" });
          else if (++others === (chains - 1) * 5) {
            reply();
            slow();
          } else reply();
        }),
      16,
    );
    expect(state.funnel.kept).toBe(3 * chains * 6);
  });

  it("need no reply but those up to the last that is kept from: a recording of these is enough", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, chainCounts, fc.scheduler(), async (seed, chains, scheduler) => {
        const plan = toPlan(setting, { target: 25, chains });
        const model = toModel(seed);
        const whole = await observe(plan, inOrder(model), 16);
        const { completions } = whole.state.funnel;
        const needed = await observe(plan, inOrder(model), 1);
        const keys = new Set(needed.requests.slice(0, completions).map(({ key }) => key));
        const recording = scheduled((request) => {
          if (!keys.has(request.key)) throw new Error("no reply");
          return model(request);
        }, scheduler);
        const replayed = await scheduler.waitFor(
          observe(plan, async (request) => recording(request), 16),
        );
        expect(replayed.kept).toEqual(whole.kept);
      }),
      { numRuns: 40 },
    );
  });

  it("go on where merging drops more than half of what they accept", async () => {
    let judged = 0;
    // Each chain accepts three examples a reply, of which two are near duplicates of other chains'.
    const near = {
      find: () => (judged++ % 3 === 0 ? null : { index: 0, similarity: 1 }),
      add() {},
    };
    const checks = chooseChecks({ reject: ["near-duplicate"], allow: null });
    const plan = toPlan(setting, { target: 20, chains: 2, checks });
    const { kept, rejected, state } = await observe(plan, inOrder(toGenerous(3)), 4, {
      near: [near],
    });
    expect(kept).toHaveLength(20);
    expect(rejected.length).toBeGreaterThanOrEqual(38);
    expect(state.rejections).toEqual({ "near duplicate": rejected.length });
    // Every candidate of every processed reply was judged, but for those behind the last kept one.
    expect(kept.length + rejected.length).toBeGreaterThan(3 * (state.funnel.completions - 1));
  });

  it("one is the paper's: the same requests as without the flag", async () => {
    const one = await observe(toPlan(setting, { chains: 1 }), inOrder(toModel(3)), 4);
    const several = await observe(toPlan(setting, { chains: 3 }), inOrder(toModel(3)), 1);
    expect(several.requests[0]).toEqual(one.requests[0]);
    expect(new Set(several.requests.map(({ key }) => key)).size).toBe(several.requests.length);
    expect(one.lineages.every(({ chain }) => chain === 0)).toBe(true);
  });
});

function toShown(request: ChatRequest | undefined): string {
  return request?.messages[1]?.content ?? "";
}

function toQuestion(shown: string): string {
  return (JSON.parse(shown) as { Question: string }).Question;
}
