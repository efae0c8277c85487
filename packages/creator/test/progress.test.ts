import { measureWidth, mostExamples, type Run } from "@seedling/core/internal";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createState, renderGivenUp } from "../src/create/creation.ts";
import type { CreationPlan } from "../src/create/creation-options.ts";
import { openProgress, type ProgressView, renderProgress } from "../src/run/progress.ts";
import { computeUsd, renderEnd, renderStart } from "../src/run/summary.ts";
import { closed } from "./shapes.ts";
import { check, dollars, toState, toView, toWorkload, unbatched } from "./views.ts";

const checking = {
  promptTokens: 900,
  completionTokens: 100,
  uncounted: 1,
  cut: 0,
  batched: unbatched,
  replies: 30,
};
const checked = toState({ contaminated: 2, checking });

describe("the lines", () => {
  it("show how far it is, what it took, and what is to come", () => {
    expect(renderProgress(toView({ allowed: 5 }), 200)).toEqual([
      "  10 of 50 kept from 4 replies, 6 requests in flight (5 of 8 allowed); about 8 s left; rejected: 1 duplicate, 1 wrong fields",
      "    2.50 kept a reply; 1,600 of about 8,000 tokens; 0.002 of about 0.01 USD, 0.0002 a kept example; labels: True 6 (60 %), False 4 (40 %)",
    ]);
  });

  it("show the label check's tokens and contamination", () => {
    const workload = toWorkload({ target: 50, checking: { ...check, times: 3 } });
    const text = renderProgress(toView({ state: checked, workload }), 300).join("\n");
    expect(text).toMatch(/ 2,600 of about [\d,]+ tokens \(1 reply uncounted\);/);
    expect(text).toContain("; 2 too close to what is evaluated on;");
  });

  it.each([
    ["replay", "  replay: 10 of 50 kept from 4 replies"],
    ["sample", "  SAMPLE replay: 10 of 50 kept from 4 replies"],
  ] as const)("say that a %s is one, and asks nothing", (from, start) => {
    const text = renderProgress(toView({ from }), 300).join("\n");
    expect(text.startsWith(start)).toBe(true);
    expect(text).toContain("0 USD: a replay asks nothing");
    expect(text).not.toContain("about");
  });

  it("say that no price is known", () => {
    const prices = { creating: null, checking: null };
    const text = renderProgress(toView({ prices }), 300).join("\n");
    expect(text).toContain("1,600 of about 8,000 tokens; no price is known (give --prices)");
  });

  it("stand before anything came", () => {
    const throughput = { elapsed: 0, came: 0, live: 0, perSecond: null, seconds: null };
    const text = renderProgress(toView({ state: createState(), inFlight: 0, throughput }), 300);
    expect(text[0]).toContain("0 of 50 kept from 0 replies, 0 requests in flight");
    expect(text[1]).toContain("– kept a reply; 0 tokens; 0 USD, – a kept example");
    expect(text.join()).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it("say no time while what waits may fill a label or go over its quota", () => {
    const throughput = { elapsed: 8, came: 8, live: 8, perSecond: 0.5, seconds: 2 };
    const left = (target: number, more = {}, keptAfter: number[] = []) => {
      const workload = toWorkload({ target, ...more });
      return renderProgress(toView({ throughput, workload, keptAfter }), 300)[0];
    };
    const balanced = (each: number) => ({
      balanced: {
        quotas: new Map([
          ["True", each],
          ["False", each],
        ]),
        block: 8,
      },
    });
    expect(left(14)).toContain("; about 0 s left;");
    expect(left(14, balanced(7))).not.toContain("left");
    // 19 and 21 are missing, at 2.5 a reply 8 and 9 requests; without the 4 that wait 2 rounds of 8.
    expect(left(50, balanced(25))).toContain("; about 4 s left;");
    // The last 8 replies brought 2: 76 and 84 requests, 20 rounds.
    const late = [8, 8, 9, 9, 9, 9, 10, 10, 10];
    expect(left(50, balanced(25), late)).toContain("; about 40 s left;");
    expect(left(50, {}, late)).toContain("; about 4 s left;");
  });

  it("say no time before a live reply", () => {
    const throughput = { elapsed: 1, came: 4, live: 0, perSecond: null, seconds: null };
    const [first] = renderProgress(toView({ throughput }), 300);
    expect(first).not.toContain("left");
  });

  it("expect no tokens where the server does not count", () => {
    const tokens = {
      promptTokens: 0,
      completionTokens: 0,
      uncounted: 4,
      cut: 0,
      batched: unbatched,
    };
    const text = renderProgress(toView({ state: toState({ tokens }) }), 300).join("\n");
    expect(text).toContain("; 0 tokens (4 replies uncounted); 0 USD, 0 a kept example");
  });
});

const evil = "\u001b[2J\u001b]0;title\u0007\r\n\u202eTrue\u009b31m";

/** Any state that a creation may be in, with labels that are any text. */
const anyView: fc.Arbitrary<ProgressView> = fc
  .record({
    task: fc.string({ unit: "binary" }),
    model: fc.string({ unit: "binary" }),
    labels: fc.dictionary(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 1e6 })),
    from: fc.constantFrom("live", "replay", "sample"),
    counts: fc.tuple(fc.nat(1e6), fc.nat(1e6), fc.nat(1e9), fc.nat(64)),
    target: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ labels, target, counts: [completions, kept, promptTokens, inFlight], ...more }) =>
    toView({
      ...more,
      workload: toWorkload({ target }),
      state: {
        ...checked,
        funnel: { completions, candidates: kept, valid: kept, new: kept, kept },
        tokens: { promptTokens, completionTokens: 1, uncounted: 0, cut: 0, batched: unbatched },
        labels,
      },
      inFlight,
    }),
  );

describe("whatever they show", () => {
  it("the lines are two, no wider than asked for, without control characters", () => {
    fc.assert(
      fc.property(anyView, fc.integer({ min: 1, max: 200 }), (view, columns) => {
        const lines = renderProgress(view, columns);
        expect(lines).toHaveLength(2);
        for (const line of lines) {
          expect(measureWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }),
    );
  });

  it("a label's escape sequences are seen, not obeyed", () => {
    const view = toView({ state: toState({ labels: { [evil]: 10 } }) });
    const shown = "\\u001b[2J\\u001b]0;title\\u0007\\u000d\\u000a\\u202eTrue\\u009b31m 10 (100 %)";
    expect(renderProgress(view, 300)[1]).toContain(shown);
  });
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const funnel = (completions: number) => ({ ...toState().funnel, completions });

/** A context that writes down what is printed and drawn. */
function toContext(drawable: boolean) {
  const printed: string[] = [];
  const drawn: (readonly string[])[] = [];
  const panel = {
    columns: 80,
    draw: (lines: readonly string[]) => void drawn.push(lines),
    clear: () => void drawn.push([]),
  };
  return {
    printed,
    drawn,
    ctx: { log: (line: string) => void printed.push(line), panel: drawable ? panel : null },
  };
}

describe("on a terminal", () => {
  it("the lines are drawn a few times a second, as the state is then, and removed at the end", () => {
    const { ctx, drawn, printed } = toContext(true);
    const state = toState({ funnel: funnel(2) });
    const progress = openProgress(ctx, () => toView({ state, task: `boolq ${evil}` }));
    vi.advanceTimersByTime(1000);
    expect(drawn).toHaveLength(5);
    state.funnel.kept = 44;
    vi.advanceTimersByTime(200);
    const lines = drawn.at(-1) ?? [];
    expect(lines[0]).toContain("boolq \\u001b[2J");
    expect(lines[1]).toContain("44 of 50 kept");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(80);
    progress.close();
    vi.advanceTimersByTime(1000);
    expect(drawn.slice(6)).toEqual([[]]);
    expect(printed).toEqual([]);
  });

  it.each([
    ["live", "live with test-model, 8 s"],
    ["replay", "replaying test-model, 8 s"],
    ["sample", "SAMPLE, replaying test-model, 8 s"],
  ] as const)("the first line says who answers: %s", (from, who) => {
    const { ctx, drawn } = toContext(true);
    const progress = openProgress(ctx, () => toView({ from }));
    progress.update();
    vi.advanceTimersByTime(200);
    progress.close();
    expect(drawn[0]?.[0]).toBe(`yesno_open/boolq tree seed 1, ${who}`);
  });
});

describe("elsewhere", () => {
  it("lines are printed every few seconds where they changed, each once", () => {
    const { ctx, printed } = toContext(false);
    const state = toState({ funnel: funnel(0) });
    const prices = { creating: dollars, checking: dollars };
    const progress = openProgress(ctx, () => toView({ state, prices }));
    vi.advanceTimersByTime(9999);
    expect(printed).toEqual([]);
    state.funnel = funnel(2);
    vi.advanceTimersByTime(1);
    const [first = "", second = "", ...more] = printed;
    expect([first, second]).toEqual([
      expect.stringContaining(" kept from 2 replies"),
      expect.stringContaining(" kept a reply; "),
    ]);
    vi.advanceTimersByTime(600_000);
    expect(more).toEqual([]);
    state.checking.replies += 1;
    vi.advanceTimersByTime(5000);
    expect(printed).toEqual([first, second]);
    state.rejections.duplicate = 7;
    state.checking.replies += 1;
    vi.advanceTimersByTime(5000);
    expect(printed).toEqual([first, second, expect.stringContaining("7 duplicate")]);
    progress.close();
    state.funnel = funnel(3);
    vi.advanceTimersByTime(600_000);
    expect(printed).toHaveLength(3);
  });
});

describe("the first estimate", () => {
  it.each([true, false])("is printed once (drawn panel: %s), after three replies", (drawable) => {
    const { ctx, printed } = toContext(drawable);
    const state = toState();
    const progress = openProgress(ctx, () => toView({ state }));
    for (const completions of [1, 2]) {
      state.funnel = funnel(completions);
      progress.update();
    }
    expect(printed).toEqual([]);
    for (const completions of [3, 4, 5]) {
      state.funnel = funnel(completions);
      progress.update();
    }
    expect(printed).toEqual([
      "  after 3 replies: about 15 requests, 6,000 tokens, 0.0075 USD, 12 s",
    ]);
    progress.close();
  });

  it("waits for a live reply where earlier ones come from the journal", () => {
    const { ctx, printed } = toContext(false);
    let live = 0;
    const throughput = toView().throughput;
    const progress = openProgress(ctx, () => toView({ throughput: { ...throughput, live } }));
    progress.update();
    expect(printed).toEqual([]);
    live = 1;
    progress.update();
    expect(printed).toHaveLength(1);
    progress.close();
  });

  it("leaves out what is not known", () => {
    const { ctx, printed } = toContext(false);
    const tokens = {
      promptTokens: 0,
      completionTokens: 0,
      uncounted: 4,
      cut: 0,
      batched: unbatched,
    };
    const prices = { creating: null, checking: null };
    const progress = openProgress(ctx, () => toView({ state: toState({ tokens }), prices }));
    progress.update();
    progress.close();
    expect(printed).toEqual([
      "  after 4 replies: about 20 requests, tokens unknown (the server does not count), 12 s",
    ]);
  });

  it("is not printed of a replay", () => {
    const { ctx, printed } = toContext(false);
    const progress = openProgress(ctx, () => toView({ from: "replay" }));
    progress.update();
    progress.close();
    expect(printed).toEqual([]);
  });
});

describe("the cost so far", () => {
  const answers = {
    promptTokens: 1000,
    completionTokens: 0,
    uncounted: 0,
    cut: 0,
    batched: unbatched,
    replies: 4,
  };

  it.each([
    ["creation alone", {}, { creating: dollars, checking: null }, 0.002],
    [
      "with the label check",
      { checking: answers },
      { creating: dollars, checking: dollars },
      0.003,
    ],
    [
      "no price of the checking model",
      { checking: answers },
      { creating: dollars, checking: null },
      null,
    ],
    ["no price at all", {}, { creating: null, checking: dollars }, null],
  ])("%s", (_, more, prices, usd) => {
    const cost = computeUsd(toState(more), prices);
    if (usd === null) expect(cost).toBeNull();
    else expect(cost).toBeCloseTo(usd, 12);
  });
});

const toGivenUp = (target: number) => ({
  ...{ patience: 3, target, tokens: null, balance: false, shape: closed },
});

describe("the end", () => {
  it.each([
    [{}, null, "1600 tokens"],
    [{}, 0.0123, "1600 tokens, 0.0123 USD"],
    [checked, null, "2600 tokens (1 reply uncounted)"],
  ])("says what it came to", (more, usd, tokens) => {
    expect(renderEnd({ target: 50, tokens: null }, toState(more), usd)).toBe(
      `  10 of 50 kept from 4 replies; rejected: 1 duplicate, 1 wrong fields; ${tokens}`,
    );
  });

  it.each([
    [mostExamples, "10 kept, 1,200 of 1,000 tokens"],
    [50, "10 of 50 kept, 1,200 of 1,000 tokens"],
  ])("by tokens says what counts of all that it took", (target, kept) => {
    expect(renderEnd({ target, tokens: 1000 }, toState({ counted: 1200 }), null)).toBe(
      `  ${kept} from 4 replies; rejected: 1 duplicate, 1 wrong fields; 1600 tokens in all`,
    );
  });

  it("by giving up shows the last rejection, its control characters escaped", () => {
    const state = toState({
      lastRejection: { reason: "no JSON", field: "reply", evidence: `no "${evil}` },
    });
    expect(renderGivenUp(toGivenUp(50), state)).toBe(
      '3 replies in a row with nothing kept, 10 of 50 examples so far (rejected: 1 duplicate, 1 wrong fields; the last, no JSON: "no \\"\\u001b[2J\\u001b]0;title\\u0007\\r\\n\\u202eTrue\\u009b31m")',
    );
  });
});

describe("the start", () => {
  const plan: CreationPlan = {
    setting: "tree",
    shape: closed,
    instruction: "Write some.",
    about: null,
    parameters: { model: "test-model", temperature: 1, topP: 1, maxTokens: 100 },
    seed: 1,
    target: 12,
    tokens: null,
    perRequest: 5,
    schema: null,
    balance: false,
    asksForOne: false,
    descriptions: null,
    chunk: 4,
    stopWhenFlat: false,
    chains: 1,
    readReply: () => [],
    checks: [],
    check: null,
    patience: 3,
    allowShort: false,
  };
  const seeds = { example: 1, creation: 1, train: 1 };
  const toRun = (completions: object) =>
    ({
      task: { name: "yesno_close/mine" },
      source: "tree",
      seeds,
      completions,
      flags: {},
    }) as Run;
  /** A request takes 1,400 tokens at worst, an answer 130. */
  const start = (times: number | null, relabel = false, completions: object = { kind: "live" }) => {
    const { parameters } = plan;
    const asked = { answers: "text" as const, minAgreement: null, seed: 1, about: null };
    const checking = times === null ? null : { ...check, times };
    return renderStart({
      run: toRun(completions),
      plan: { ...plan, check: times === null ? null : { times, relabel, parameters, ...asked } },
      workload: toWorkload({ target: 12, checking }),
    });
  };

  it("says what a live one asks at worst, as the budget counts it", () => {
    const requests =
      "  3 requests if each yields 5 (more if fewer), 1400 tokens each at worst, 4200 in all";
    expect(start(null).split("\n")).toEqual([
      "yesno_close/mine tree seed 1: creating 12 examples live with test-model",
      requests,
    ]);
    expect(start(2).split("\n")[1]).toBe(
      `${requests}; besides, 2 answers an example check its label, 130 tokens each at worst, 3120 in all`,
    );
    expect(start(1, true).split("\n")[1]).toBe(
      `${requests}; besides, 1 answer an example decides its label, 130 tokens each at worst, 1560 in all`,
    );
  });

  it.each([
    ["replay", "12 examples, replaying test-model (/my/folder)"],
    [
      "sample",
      "12 examples from the bundled SAMPLE's recording of test-model; not the benchmark, not a live run",
    ],
  ])("says that a %s is one", (kind, said) => {
    const recording = { folder: "/my/folder" };
    expect(start(null, false, { kind, recording })).toBe(
      `yesno_close/mine tree seed 1: creating ${said}`,
    );
  });
});
