import type { Run } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CreationPlan } from "../src/create/create.ts";
import { toStart } from "../src/create/progress.ts";
import { renderShown } from "../src/prompt/prompt.ts";
import { toWidth } from "../src/run/columns.ts";
import { renderEnd, renderGivenUp, renderStart } from "../src/run/progress-lines.ts";
import { renderLine } from "../src/run/render-line.ts";
import { renderPanel } from "../src/run/render-panel.ts";
import type { View } from "../src/run/view.ts";
import { closed } from "./shapes.ts";
import { toState, toView, unbatched } from "./views.ts";

const checked: Partial<View> = {
  verify: 3,
  state: toState({
    contaminated: 2,
    checking: {
      promptTokens: 900,
      completionTokens: 100,
      uncounted: 1,
      batched: unbatched,
      replies: 30,
    },
  }),
};

describe("the panel", () => {
  it("shows how far it is, what it took, and what is to come", () => {
    expect(renderPanel(toView(), 80).split("\n")).toEqual([
      "┌ yesno_open/boolq tree seed 1, live with test-model ──────────────────────────┐",
      "│ ██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  10 of 50 kept  20.0 % │",
      "│ replies   4, 2.50 kept a reply, 6 requests in flight                         │",
      "│ tokens    1,600 of about 8,000 tokens                                        │",
      "│ cost      0.002 of about 0.01 USD, 0.0002 a kept example                     │",
      "│ time      8 s, about 4 s left, 75 kept a minute                              │",
      "│ rejected  1 duplicate, 1 wrong fields                                        │",
      "│ labels    True 6 (60 %), False 4 (40 %)                                      │",
      "└──────────────────────────────────────────────────────────────────────────────┘",
    ]);
  });

  it("shows the label check, contamination, and fewer requests allowed than asked for", () => {
    const panel = renderPanel(toView({ ...checked, allowed: 5 }), 80);
    expect(panel).toContain(
      "│ replies   4, 2.50 kept a reply, 6 requests in flight (5 of 8 allowed)",
    );
    expect(panel).toContain("│ tokens    2,600 of about");
    expect(panel).toContain(" tokens (1 replies uncounted) ");
    expect(panel).toContain("│ check     30 answers to check labels");
    expect(panel).toContain("│ near      2 kept too close to what is evaluated on");
    expect(panel.split("\n")).toHaveLength(11);
  });

  it.each([
    ["replay", "replaying test-model"],
    ["sample", "SAMPLE, replaying test-model"],
  ] as const)("says that a %s is one, and asks nothing", (from, said) => {
    const panel = renderPanel(toView({ from }), 80);
    expect(panel).toContain(said);
    expect(panel).toContain("0 USD: a replay asks nothing");
    expect(panel).not.toMatch(/live|about/);
  });

  it("says that no price is known", () => {
    const panel = renderPanel(toView({ prices: { creating: null, checking: null } }), 80);
    expect(panel).toContain("no price is known (give --prices)");
    expect(panel).toContain("1,600 of about 8,000 tokens");
  });

  it("stands before anything came", () => {
    const pace = { elapsed: 0, came: 0, live: 0, perSecond: null, seconds: null };
    const panel = renderPanel(toView({ state: toStart(), inFlight: 0, pace }), 80);
    expect(panel).toContain("0 of 50 kept  0.0 %");
    expect(panel).toContain("0, – kept a reply, 0 requests in flight");
    expect(panel).toContain("0 USD, – a kept example");
    expect(panel).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});

const evil = "\u001b[2J\u001b]0;title\u0007\r\n\u202eTrue\u009b31m";

/** Any state that a creation may be in, with labels that are any text. */
const anyView: fc.Arbitrary<View> = fc
  .record({
    name: fc.string({ unit: "binary" }),
    model: fc.string({ unit: "binary" }),
    labels: fc.dictionary(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 1e6 })),
    from: fc.constantFrom("live", "replay", "sample"),
    counts: fc.tuple(fc.nat(1e6), fc.nat(1e6), fc.nat(1e9), fc.nat(64)),
    target: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ labels, counts: [completions, kept, promptTokens, inFlight], ...more }) =>
    toView({
      ...more,
      ...checked,
      state: toState({
        funnel: { completions, candidates: kept, valid: kept, new: kept, kept },
        tokens: { promptTokens, completionTokens: 1, uncounted: 0, batched: unbatched },
        labels,
      }),
      inFlight,
    }),
  );

describe("whatever it shows", () => {
  it("the panel is of even lines, no wider than the terminal, without controls", () => {
    fc.assert(
      fc.property(anyView, fc.integer({ min: 1, max: 200 }), (view, columns) => {
        const lines = renderPanel(view, columns).split("\n");
        const widths = new Set(lines.map(toWidth));
        expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
        if (columns >= 8) expect([...widths]).toEqual([Math.min(100, columns)]);
        for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  it("the lines are two, of at most 200 columns, without controls", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const lines = renderLine(view).split("\n");
        expect(lines).toHaveLength(2);
        for (const line of lines) {
          expect(toWidth(line)).toBeLessThanOrEqual(200);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }),
    );
  });

  it("a label's escape sequences are seen, not obeyed", () => {
    const view = toView({ state: toState({ labels: { [evil]: 10 } }) });
    const shown = "\\u001b[2J\\u001b]0;title\\u0007\\u000d\\u000a\\u202eTrue\\u009b31m 10 (100 %)";
    expect(renderPanel(view, 100)).toContain(shown);
    expect(renderLine(view)).toContain(shown);
  });
});

describe("the lines", () => {
  it("tell what the panel shows", () => {
    expect(renderLine(toView({ allowed: 5 })).split("\n")).toEqual([
      "  10 of 50 kept from 4 replies, 6 requests in flight (5 of 8 allowed); about 8 s left; rejected: 1 duplicate, 1 wrong fields",
      "    2.50 kept a reply; 1,600 of about 8,000 tokens; 0.002 of about 0.01 USD, 0.0002 a kept example; labels: True 6 (60 %), False 4 (40 %)",
    ]);
  });

  it.each([
    ["replay", "  replay: 10 of 50 kept from 4 replies"],
    ["sample", "  SAMPLE replay: 10 of 50 kept from 4 replies"],
  ] as const)("say that a %s is one", (from, start) => {
    expect(renderLine(toView({ from })).startsWith(start)).toBe(true);
  });
});

describe("the end", () => {
  it.each([
    [{}, null, "1600 tokens"],
    [{}, 0.0123, "1600 tokens, 0.0123 USD"],
    [checked.state, null, "2600 tokens (1 replies uncounted)"],
  ])("says what it came to", (more, usd, tokens) => {
    expect(renderEnd(toState(more), 50, usd)).toBe(
      `  10 of 50 kept from 4 replies; rejected: 1 duplicate, 1 wrong fields; ${tokens}`,
    );
  });

  it("by giving up shows the last rejection, its controls escaped", () => {
    const state = toState({
      lastRejection: { reason: "no JSON", field: "reply", evidence: `no "${evil}` },
    });
    const plan = { patience: 3, target: 50 } as Parameters<typeof renderGivenUp>[1];
    expect(renderGivenUp(state, plan)).toBe(
      '3 replies in a row with nothing kept (--patience), 10 of 50 examples so far (rejected: 1 duplicate, 1 wrong fields; the last, no JSON: "no \\"\\u001b[2J\\u001b]0;title\\u0007\\r\\n\\u202eTrue\\u009b31m"); --allow-short goes on with these',
    );
  });
});

describe("the start", () => {
  const plan: CreationPlan = {
    setting: "tree",
    shape: closed,
    instruction: "Write some.",
    parameters: { model: "test-model", temperature: 1, topP: 1, maxTokens: 100 },
    seed: 1,
    target: 12,
    perRequest: 5,
    schema: null,
    balance: false,
    chains: 1,
    readReply: () => [],
    checks: [],
    minAgreement: null,
    patience: 3,
  };
  const seeds = { example: 1, creation: 1, train: 1 };
  const toRun = (completions: object, verify: number | null = null) =>
    ({
      task: { name: "yesno_close/mine" },
      source: "tree",
      seeds,
      completions,
      flags: { verify },
    }) as Run;
  const shown = renderShown(closed.formatting, "fixed");

  it("says what a live one asks at worst, as the budget counts it", () => {
    const worst = "Write some.".length + Buffer.byteLength(shown) + 32 + 100;
    expect(renderStart(toRun({ kind: "live" }, 2), plan).split("\n")).toEqual([
      "yesno_close/mine tree seed 1: creating 12 examples live with test-model",
      `  3 requests if each yields 5 (more if fewer), ${worst} tokens each at worst, ${3 * worst} in all; besides, 2 answers an example check its label`,
    ]);
    const schema = { type: "object" };
    expect(renderStart(toRun({ kind: "live" }), { ...plan, schema })).toContain(
      ` ${worst + '{"type":"object"}'.length} tokens each at worst`,
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
    expect(renderStart(toRun({ kind, recording }), plan)).toBe(
      `yesno_close/mine tree seed 1: creating ${said}`,
    );
  });
});
