import { describe, expect, it } from "vitest";
import {
  addEstimates,
  type CostEstimate,
  estimate,
  type MeasuredReplies,
} from "../src/llm/estimate.ts";
import { estimateRest } from "../src/run/progress.ts";
import {
  check,
  creating,
  measured,
  toContent,
  toState,
  toView,
  toWorkload,
  unbatched,
} from "./views.ts";

/** A balanced creation of 100. */
function toBalanced(block: number, labels = 4) {
  const names = Array.from({ length: labels }, (_, i) => `label ${i}`);
  return { balanced: { quotas: new Map(names.map((name) => [name, 100 / labels])), block } };
}

describe("an estimate", () => {
  it("goes by the bytes of the first request and of the formatting example", () => {
    // 20 requests of 100 and 50 tokens; at worst 400 and 1000. 3 rounds of 8, at 50 tokens a second.
    expect(estimate(toWorkload(), null)).toEqual({
      examples: 100,
      requests: 20,
      answers: 0,
      from: 0,
      tokens: { expected: 20 * 150, worst: 20 * 1400 },
      usd: { expected: expect.closeTo(20 * 200e-6, 12), worst: expect.closeTo(20 * 2400e-6, 12) },
      seconds: 3,
      batches: 0,
    });
  });

  it("counts bytes, not letters, and no reply beyond its limit", () => {
    const wordy = { ...creating, request: toContent("é".repeat(184)), reply: "r".repeat(8000) };
    expect(estimate(toWorkload({ creating: wordy, target: 1 }), null).tokens).toEqual({
      expected: 100 + 1000,
      worst: 400 + 1000,
    });
  });

  it("goes by the replies so far once there are three", () => {
    // 60 missing at 4 a reply; 15 requests of 200 tokens and 2 seconds, in 2 rounds.
    expect(estimate(toWorkload(), measured)).toMatchObject({
      examples: 60,
      requests: 15,
      from: 10,
      tokens: { expected: 3000, worst: 15 * 1400 },
      usd: { expected: expect.closeTo(15 * 280e-6, 12) },
      seconds: 4,
    });
    expect(estimate(toWorkload(), { ...measured, replies: 2, kept: 10 })).toMatchObject({
      examples: 90,
      requests: 18,
      from: 0,
      tokens: { expected: 18 * 150 },
    });
  });

  it("assumes what the replies do not tell", () => {
    const silent = { ...measured, kept: 0, usage: null };
    expect(estimate(toWorkload(), silent)).toMatchObject({
      requests: 20,
      tokens: { expected: 3000 },
      seconds: 3 * 2,
    });
  });

  it("goes by replies a second where these are known, and asks less by what came already", () => {
    const late = { ...measured, waiting: 5, perSecond: 0.5 };
    expect(estimate(toWorkload(), late)).toMatchObject({ requests: 10, seconds: 20 });
    expect(estimate(toWorkload(), { ...late, waiting: 50 })).toMatchObject({
      requests: 0,
      seconds: 0,
    });
  });

  it.each([
    // A request and its reply are expected to take 150 tokens, and bring 5 examples.
    ["1,500 tokens", {}, 1500, null, 10, 50],
    ["more than 100 examples take", {}, 9000, null, 20, 100],
    ["answers that decide, 3 of 30 an example", { checking: check }, 1500, null, 3, 13],
    ["what was taken, by measure 200 a reply", {}, 3000, { ...measured, counted: 1000 }, 10, 40],
    ["all taken", {}, 3000, { ...measured, counted: 3100 }, 0, 0],
  ])(
    "counts the requests that tokens are left for: %s",
    (_, more, most, sofar, requests, examples) => {
      const tokens = { most, withChecks: true };
      const workload = toWorkload({ ...more, tokens });
      expect(estimate(workload, sofar)).toMatchObject({ requests, examples });
    },
  );

  it("includes the label check of each example", () => {
    // 300 answers of 20 and 10 tokens. 20 requests of 1 s, each with 15 answers of 0.2 s: 80 s of work.
    expect(estimate(toWorkload({ checking: check }), null)).toMatchObject({
      answers: 300,
      tokens: { expected: 3000 + 300 * 30, worst: 20 * 1400 + 300 * 130 },
      usd: { expected: expect.closeTo(20 * 200e-6 + 300 * 40e-6, 12) },
      seconds: 10,
    });
    const free = { ...check, prices: null };
    expect(estimate(toWorkload({ checking: free }), null).usd).toBeNull();
  });

  it("counts a label check for each new example, kept or not, with the tokens that it took", () => {
    // 60 missing, and half as many more are checked and not kept: 90 examples, 3 answers each.
    const usage = { promptTokens: 30, completionTokens: 20 };
    const workload = toWorkload({ checking: check });
    expect(estimate(workload, { ...measured, checked: 60, checkUsage: usage })).toMatchObject({
      answers: 270,
      tokens: { expected: 15 * 200 + 270 * 50 },
    });
  });

  it.each([
    // 5 a request are more than the 2 of each label: each has a request, whose 5 examples are all checked.
    [50, null, 50, 250],
    [4, null, 20, 100],
    // 60 of 100 are missing, at 4 a reply: 15 of each of 4 labels; of 50 labels a part of each.
    [4, measured, 16, 64],
    [50, measured, 50, 200],
    // Known by label: one of them lacks 25.
    [4, { ...measured, labels: { "label 0": 25, "label 1": 25, "label 2": 25 } }, 7, 28],
  ])(
    "counts the requests of each of %i balanced labels: %#",
    (labels, sofar, requests, answers) => {
      const workload = toWorkload({ ...toBalanced(8, labels), checking: { ...check, times: 1 } });
      expect(estimate(workload, sofar)).toMatchObject({ requests, answers });
    },
  );

  it.each([
    ["1 chain", { chains: 1 }, 20],
    ["3 chains", { chains: 3 }, 7],
    ["more chains than may be in flight", { chains: 100 }, 3],
    ["balanced, 5 at once", toBalanced(5), 4],
    // Each of 20 rounds ends with 2 rounds of 8 answers at most.
    ["a chain with a label check", { chains: 1, checking: check }, 20 * 1.4],
  ])("takes as many rounds as the setting needs: %s", (_, more, seconds) => {
    expect(estimate(toWorkload(more), null).seconds).toBeCloseTo(seconds, 9);
  });

  it("includes the time of comparing by cosine, which grows with the square of the target", () => {
    const seconds = (target: number, vectors: { amongThemselves: boolean; items: number }) =>
      estimate(toWorkload({ target, vectors }), null).seconds -
      estimate(toWorkload({ target }), null).seconds;
    const pairs = { amongThemselves: true, items: 0 };
    expect(seconds(20_000, pairs) / seconds(10_000, pairs)).toBeCloseTo(4, 3);
    expect(seconds(10_000, pairs)).toBeGreaterThan(10);
    expect(seconds(10_000, pairs)).toBeLessThan(60);
    const items = { amongThemselves: false, items: 5000 };
    expect(seconds(10_000, items)).toBeCloseTo(seconds(10_000, pairs), 6);
    // 100 replies of 150 tokens and 5 examples each, however many are asked for.
    const ended = { vectors: pairs, tokens: { most: 15_000, withChecks: false } };
    const sized = estimate(toWorkload({ target: 500, vectors: pairs }), null);
    expect(estimate(toWorkload({ ...ended, target: 1e7 }), null).seconds).toBe(sized.seconds);
  });

  it.each<[string, Partial<ReturnType<typeof toWorkload>>, MeasuredReplies | null, number]>([
    ["all at once", {}, null, 1],
    // Waves of 1, 5 and 25 requests.
    ["a tree", { grows: true }, null, 3],
    ["a tree that yields one a reply", { grows: true, perRequest: 1 }, null, 100],
    ["4 chains", { chains: 4 }, null, 5],
    ["balanced, at most 8 at once", toBalanced(8), null, 3],
    ["a balanced tree", { grows: true, ...toBalanced(8) }, null, 4],
    // Answers are asked once their examples have come, and what is next waits for them.
    ["a label check", { checking: check }, null, 2],
    ["a tree with a label check", { grows: true, checking: check }, null, 6],
    ["nothing missing", {}, { ...measured, kept: 100 }, 0],
  ])("counts batches that wait for one another: %s", (_, more, sofar, batches) => {
    expect(estimate(toWorkload({ ...more, batch: true }), sofar)).toMatchObject({
      batches,
      seconds: 0,
    });
  });

  it("of several runs is their sum, in USD only if every price is known", () => {
    const [one, other] = [toWorkload(), toWorkload({ checking: check, batch: true })].map(
      (workload) => estimate(workload, null),
    ) as [CostEstimate, CostEstimate];
    expect(addEstimates([one, other])).toMatchObject({
      examples: 200,
      requests: 40,
      answers: 300,
      tokens: { expected: 2 * 3000 + 9000 },
      usd: { expected: expect.closeTo(40 * 200e-6 + 300 * 40e-6, 12) },
      seconds: 3,
      batches: 2,
    });
    expect(addEstimates([one, { ...other, usd: null }]).usd).toBeNull();
    expect(addEstimates([])).toMatchObject({ requests: 0, usd: { expected: 0, worst: 0 } });
  });
});

const funnel = (completions: number, kept: number, found = kept) => ({
  completions,
  candidates: 5 * completions,
  valid: found,
  new: found,
  kept,
});

describe("the rest of a live creation", () => {
  it("is the yield, tokens and time so far, continued", () => {
    // 2.5 kept a reply: 40 missing are 16 replies more; 400 tokens each, for 0.0005 USD.
    // 2 rounds of 8 with 2 seconds each.
    expect(estimateRest(toView())).toMatchObject({
      requests: 16,
      tokens: { expected: 6400 },
      usd: { expected: expect.closeTo(0.008, 12) },
      seconds: 4,
    });
  });

  it("goes by replies a second once two rounds have come", () => {
    const throughput = { elapsed: 40, came: 16, live: 16, perSecond: 0.5, seconds: 2 };
    const state = toState({ funnel: funnel(16, 40) });
    expect(estimateRest(toView({ throughput, state }))).toMatchObject({ requests: 4, seconds: 8 });
    const slower = { ...throughput, live: 15 };
    expect(estimateRest(toView({ throughput: slower, state }))?.seconds).toBe(2);
  });

  it.each([
    ["chains", { chains: 2 }, 8, 16],
    ["fewer allowed by the limits", {}, 4, 8],
    ["more chains than are allowed", { chains: 100 }, 8, 4],
  ])("counts rounds by %s", (_, more, allowed, seconds) => {
    const throughput = { elapsed: 8, came: 4, live: 3, perSecond: 0.5, seconds: 2 };
    const workload = toWorkload({ target: 50, ...more });
    expect(estimateRest(toView({ workload, allowed, throughput }))?.seconds).toBe(seconds);
  });

  it("takes the mean over what came, processed or not, and over what the server counted", () => {
    const throughput = { ...toView().throughput, came: 10 };
    const tokens = {
      promptTokens: 3000,
      completionTokens: 1000,
      uncounted: 0,
      cut: 0,
      batched: unbatched,
    };
    const came = toView({ throughput, state: toState({ tokens }) });
    expect(estimateRest(came)).toMatchObject({ requests: 10, tokens: { expected: 4000 } });
    const half = {
      promptTokens: 600,
      completionTokens: 200,
      uncounted: 2,
      cut: 0,
      batched: unbatched,
    };
    const counted = toView({ state: toState({ tokens: half }) });
    expect(estimateRest(counted)?.tokens.expected).toBe(6400);
  });

  it.each([
    ["before three replies", toView({ state: toState({ funnel: funnel(2, 10) }) })],
    ["with nothing kept", toView({ state: toState({ funnel: funnel(9, 0) }) })],
    ["for a replay", toView({ from: "replay" })],
    ["for the sample's", toView({ from: "sample" })],
  ])("is not known %s", (_, view) => {
    expect(estimateRest(view)).toBeNull();
  });

  it("is nothing when all is kept", () => {
    const throughput = { elapsed: 40, came: 23, live: 23, perSecond: 0.5, seconds: 2 };
    const state = toState({ funnel: funnel(20, 50) });
    expect(estimateRest(toView({ throughput, state }))).toMatchObject({
      requests: 0,
      tokens: { expected: 0 },
      seconds: 0,
    });
  });
});
