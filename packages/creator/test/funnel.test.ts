import { describe, expect, it } from "vitest";
import { createState } from "../src/create/creation.ts";
import { computeFunnel, renderFunnel } from "../src/run/summary.ts";
import { dollars, toState, unbatched } from "./views.ts";

const prices = { creating: dollars, checking: dollars };
const unknown = { creating: null, checking: null };

describe("the yield funnel", () => {
  it("has what is left after each step, and the tokens and USD by it", () => {
    // 1,600 tokens for 0.002 USD.
    expect(computeFunnel(toState(), prices)).toEqual([
      { step: "completions", n: 4, tokensEach: 400, usdEach: 0.0005 },
      { step: "candidates", n: 12, tokensEach: 133.3, usdEach: 0.0001667 },
      { step: "valid", n: 11, tokensEach: 145.5, usdEach: 0.0001818 },
      { step: "new", n: 10, tokensEach: 160, usdEach: 0.0002 },
      { step: "kept", n: 10, tokensEach: 160, usdEach: 0.0002 },
    ]);
  });

  it("includes the label check's tokens", () => {
    const checking = {
      promptTokens: 300,
      completionTokens: 100,
      uncounted: 0,
      cut: 0,
      batched: unbatched,
      replies: 20,
    };
    expect(computeFunnel(toState({ checking }), prices).at(-1)).toEqual({
      step: "kept",
      n: 10,
      tokensEach: 200,
      usdEach: 0.00025,
    });
  });

  it("says nothing of what nobody passed, or has no price", () => {
    const record = computeFunnel(createState(), prices);
    expect(record.map(({ tokensEach, usdEach }) => [tokensEach, usdEach])).toEqual(
      Array(5).fill([null, null]),
    );
    expect(computeFunnel(toState(), unknown)[0]?.usdEach).toBeNull();
  });

  it("is a table for the terminal", () => {
    const agreement = { examples: 10, shares: 9 };
    const state = toState({ agreement, relabelled: 3, contaminated: 2 });
    expect(renderFunnel(state, prices, "fixed").split("\n")).toEqual([
      "  step         number  of those before  tokens each  USD each",
      "  completions       4                –          400    0.0005",
      "  candidates       12        3.00 each          133  0.000167",
      "  valid            11           91.7 %          146  0.000182",
      "  new              10           90.9 %          160    0.0002",
      "  kept             10          100.0 %          160    0.0002",
      "  labels: True 6 (60 %), False 4 (40 %)",
      "  label check: 90.0 % of the answers agree with the created labels, 10 examples checked",
      "  relabelled: 3 of 10 kept",
      "  too close to an item that is evaluated on: 2 of 10 kept",
    ]);
  });

  it("leaves out what is not known", () => {
    const state = toState({ labels: { 1: 7, 3: 3 }, rejections: {} });
    expect(renderFunnel(state, unknown, "varying").split("\n")).toEqual([
      "  step         number  of those before  tokens each",
      "  completions       4                –          400",
      "  candidates       12        3.00 each          133",
      "  valid            11           91.7 %          146",
      "  new              10           90.9 %          160",
      "  kept             10          100.0 %          160",
      "  labels: place 1 7 (70 %), place 3 3 (30 %)",
    ]);
  });

  it("stands for a creation that kept nothing", () => {
    const empty = renderFunnel(createState(), prices, "fixed");
    expect(empty).toContain("  kept              0                –            –         –");
    expect(empty).not.toMatch(/NaN|Infinity/);
  });
});
