import { describe, expect, it } from "vitest";
import { renderProjection, toProjection } from "../src/run/projection.ts";
import { toUsd } from "../src/run/usd.ts";
import { dollars, toState, toView, unbatched } from "./views.ts";

const funnel = (completions: number, kept: number, found = kept) => ({
  completions,
  candidates: 5 * completions,
  valid: found,
  new: found,
  kept,
});

describe("a projection", () => {
  it("is the yield, tokens and pace so far, gone on with", () => {
    // 2.5 kept a reply: 40 missing are 16 replies more; 400 tokens each, for 0.0005 USD.
    // 4 of 20 came: 16 to go, in 2 rounds of 8 with 2 seconds each.
    const projection = toProjection(toView());
    expect(projection).toEqual({
      requests: 20,
      tokens: 8000,
      usd: expect.closeTo(0.01, 12),
      seconds: 4,
    });
  });

  it("goes by replies a second once two rounds have come", () => {
    const pace = { elapsed: 40, came: 16, live: 16, perSecond: 0.5, seconds: 2 };
    const state = toState({ funnel: funnel(16, 40) });
    expect(toProjection(toView({ pace, state }))).toMatchObject({ requests: 20, seconds: 8 });
    const slower = { ...pace, live: 15 };
    expect(toProjection(toView({ pace: slower, state }))?.seconds).toBe(2);
  });

  it.each([
    ["chains", { chains: 2 }, 16],
    ["fewer allowed by the limits", { allowed: 4 }, 8],
    ["more chains than are allowed", { chains: 100 }, 4],
  ])("counts rounds by %s", (_, more, seconds) => {
    const pace = { elapsed: 8, came: 4, live: 3, perSecond: 0.5, seconds: 2 };
    expect(toProjection(toView({ ...more, pace }))?.seconds).toBe(seconds);
  });

  it("takes the mean over what came, settled or not", () => {
    const pace = { ...toView().pace, came: 10 };
    const tokens = { promptTokens: 3000, completionTokens: 1000, uncounted: 0, batched: unbatched };
    expect(toProjection(toView({ pace, state: toState({ tokens }) }))).toMatchObject({
      requests: 20,
      tokens: 8000,
    });
  });

  it("takes the mean over what the server counted", () => {
    const state = toState({
      tokens: { promptTokens: 600, completionTokens: 200, uncounted: 2, batched: unbatched },
    });
    expect(toProjection(toView({ state }))?.tokens).toBe(8000);
    const uncounted = toState({
      tokens: { promptTokens: 0, completionTokens: 0, uncounted: 4, batched: unbatched },
    });
    expect(toProjection(toView({ state: uncounted }))).toMatchObject({
      requests: 20,
      tokens: null,
      usd: null,
    });
  });

  it("includes the label check, for each example that is new", () => {
    // 10 new of 4 replies, 2 answers each: 100 answers of 20 requests, 30 tokens each; 10 of 20 came.
    const checking = {
      promptTokens: 200,
      completionTokens: 100,
      uncounted: 0,
      batched: unbatched,
      replies: 10,
    };
    const view = toView({ verify: 2, state: toState({ checking }) });
    const prices = { creating: dollars, checking: dollars };
    expect(toProjection({ ...view, prices })).toMatchObject({
      tokens: 8000 + 3000,
      usd: expect.closeTo(0.01 + 100 * 40e-6, 12),
    });
    expect(toProjection(view)?.usd).toBeNull();
  });

  it.each([
    ["before three replies", toView({ state: toState({ funnel: funnel(2, 10) }) })],
    ["with nothing kept", toView({ state: toState({ funnel: funnel(9, 0) }) })],
    ["for a replay", toView({ from: "replay" })],
    ["for the sample's", toView({ from: "sample" })],
  ])("is none %s", (_, view) => {
    expect(toProjection(view)).toBeNull();
  });

  it("knows tokens alone without a price, and no time before a live reply", () => {
    const pace = { elapsed: 1, came: 4, live: 0, perSecond: null, seconds: null };
    const view = toView({ prices: { creating: null, checking: null }, pace });
    expect(toProjection(view)).toEqual({ requests: 20, tokens: 8000, usd: null, seconds: null });
  });

  it("is what it came to when all is kept, with what came too much", () => {
    const pace = { elapsed: 40, came: 23, live: 23, perSecond: 0.5, seconds: 2 };
    const tokens = { promptTokens: 6900, completionTokens: 2300, uncounted: 0, batched: unbatched };
    expect(
      toProjection(toView({ pace, state: toState({ funnel: funnel(20, 50), tokens }) })),
    ).toMatchObject({
      requests: 23,
      tokens: 9200,
      seconds: 0,
    });
  });

  it("is said in a line", () => {
    const known = { requests: 120, tokens: 96_040, usd: 0.05, seconds: 232 };
    expect(renderProjection(known, toView())).toBe(
      "  after 4 replies: about 120 requests, 96,000 tokens, 0.05 USD, 4 min",
    );
    const unknown = { requests: 1200, tokens: null, usd: null, seconds: null };
    expect(renderProjection(unknown, toView())).toBe(
      "  after 4 replies: about 1,200 requests, tokens unknown (the server does not count)",
    );
  });
});

describe("the cost so far", () => {
  const checking = {
    promptTokens: 1000,
    completionTokens: 0,
    uncounted: 0,
    batched: unbatched,
    replies: 4,
  };

  it.each([
    ["creation alone", {}, { creating: dollars, checking: null }, 0.002],
    ["with the label check", { checking }, { creating: dollars, checking: dollars }, 0.003],
    ["no price of the checking model", { checking }, { creating: dollars, checking: null }, null],
    ["no price at all", {}, { creating: null, checking: dollars }, null],
  ])("%s", (_, more, prices, usd) => {
    const cost = toUsd(toState(more), prices);
    if (usd === null) expect(cost).toBeNull();
    else expect(cost).toBeCloseTo(usd, 12);
  });
});
