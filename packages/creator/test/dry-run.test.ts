import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../src/llm/chat.ts";
import { type DryRun, renderDryRun } from "../src/run/dry-run.ts";
import { type Asking, toForecast, toTotal, type Undone } from "../src/run/forecast.ts";
import { dollars } from "./views.ts";

const toRequest = (content: string): ChatRequest => ({
  messages: [{ role: "user", content }],
  seed: 1,
  key: content,
});

const parameters = { model: "test-model", temperature: 1, topP: 1, maxTokens: 1000 };

const creating: Asking = {
  // With 32 bytes for the messages' frame: 400.
  request: toRequest("p".repeat(368)),
  parameters,
  reply: "r".repeat(200),
  prices: dollars,
};

const check: Asking & { times: number } = {
  request: toRequest("q".repeat(48)),
  parameters: { ...parameters, model: "checker", maxTokens: 50 },
  reply: "a".repeat(40),
  prices: dollars,
  times: 3,
};

/** 100 examples, 5 a request. */
function toUndone(more: Partial<Undone> = {}): Undone {
  return {
    target: 100,
    perRequest: 5,
    creating,
    checking: null,
    concurrency: 8,
    chains: null,
    grows: false,
    batch: false,
    journal: null,
    ...more,
  };
}

const journal = {
  replies: 10,
  kept: 40,
  ms: 2000,
  usage: { promptTokens: 120, completionTokens: 80 },
};

describe("a forecast", () => {
  it("goes by the bytes of the first request and of the formatting example", () => {
    // 20 requests of 100 and 50 tokens; at worst 400 and 1000. 3 rounds of 8, at 50 tokens a second.
    expect(toForecast(toUndone())).toEqual({
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
    const wordy = { ...creating, request: toRequest("é".repeat(184)), reply: "r".repeat(8000) };
    expect(toForecast(toUndone({ creating: wordy, target: 1 })).tokens).toEqual({
      expected: 100 + 1000,
      worst: 400 + 1000,
    });
  });

  it("goes by the journal's own replies once there are three", () => {
    // 60 missing at 4 a reply; 15 requests of 200 tokens and 2 seconds, in 2 rounds.
    expect(toForecast(toUndone({ journal }))).toMatchObject({
      examples: 60,
      requests: 15,
      from: 10,
      tokens: { expected: 3000, worst: 15 * 1400 },
      usd: { expected: expect.closeTo(15 * 280e-6, 12) },
      seconds: 4,
    });
    expect(toForecast(toUndone({ journal: { ...journal, replies: 2, kept: 10 } }))).toMatchObject({
      examples: 90,
      requests: 18,
      from: 0,
      tokens: { expected: 18 * 150 },
    });
  });

  it("assumes what the journal does not tell", () => {
    const silent = { ...journal, kept: 0, usage: null };
    expect(toForecast(toUndone({ journal: silent }))).toMatchObject({
      requests: 20,
      tokens: { expected: 3000 },
      seconds: 3 * 2,
    });
  });

  it("includes the label check of each example", () => {
    // 300 answers of 20 and 10 tokens. 20 requests of 1 s, each with 15 answers of 0.2 s: 80 s of work.
    expect(toForecast(toUndone({ checking: check }))).toMatchObject({
      answers: 300,
      tokens: { expected: 3000 + 300 * 30, worst: 20 * 1400 + 300 * 130 },
      usd: { expected: expect.closeTo(20 * 200e-6 + 300 * 40e-6, 12) },
      seconds: 10,
    });
    const free = { ...check, prices: null };
    expect(toForecast(toUndone({ checking: free })).usd).toBeNull();
  });

  it.each([
    ["1 chain", { chains: 1 }, 20],
    ["3 chains", { chains: 3 }, 7],
    ["more chains than may be in flight", { chains: 100 }, 3],
    // Each of 20 rounds ends with 2 rounds of 8 answers at most.
    ["a chain with a label check", { chains: 1, checking: check }, 20 * 1.4],
  ])("takes as many rounds as the setting needs: %s", (_, more, seconds) => {
    expect(toForecast(toUndone(more)).seconds).toBeCloseTo(seconds, 9);
  });

  it.each([
    ["all at once", {}, 1],
    // Waves of 1, 5 and 25 requests.
    ["a tree", { grows: true }, 3],
    ["a tree that yields one a reply", { grows: true, perRequest: 1 }, 100],
    ["4 chains", { chains: 4 }, 5],
    ["nothing missing", { journal: { ...journal, kept: 100 } }, 0],
  ])("counts batches that wait for one another: %s", (_, more, batches) => {
    expect(toForecast(toUndone({ ...more, batch: true }))).toMatchObject({ batches, seconds: 0 });
  });

  it("of several runs is their sum, in USD only if every price is known", () => {
    const [one, other] = [toUndone(), toUndone({ checking: check, batch: true })].map(
      toForecast,
    ) as [ReturnType<typeof toForecast>, ReturnType<typeof toForecast>];
    expect(toTotal([one, other])).toMatchObject({
      examples: 200,
      requests: 40,
      answers: 300,
      tokens: { expected: 2 * 3000 + 9000 },
      usd: { expected: expect.closeTo(40 * 200e-6 + 300 * 40e-6, 12) },
      seconds: 3,
      batches: 1,
    });
    expect(toTotal([one, { ...other, usd: null }]).usd).toBeNull();
    expect(toTotal([])).toMatchObject({ requests: 0, usd: { expected: 0, worst: 0 } });
  });
});

const run = (name: string, todo: DryRun["todo"], folder = name): DryRun => ({ name, folder, todo });
const done = { state: "done", why: "already created" } as const;
const free = { state: "free", why: "nothing to create" } as const;
const stuck = { state: "cannot start", why: "no train split" } as const;

const none = { usd: null, tokens: null };

describe("a dry run", () => {
  it("tells of every run what it would ask, and all in all", () => {
    const runs = [
      run("boolq naive seed 1", toUndone()),
      run("boolq tree seed 1", toUndone({ journal, checking: check })),
      run("boolq random seed 1", done),
      run("boolq human seed 1", free),
    ];
    expect(renderDryRun(runs, none).split("\n")).toEqual([
      "dry run of 4 runs, nothing is asked",
      "  run                  examples  requests  tokens  at worst     USD  at worst  time          by",
      "  boolq naive seed 1        100        20   3,000    28,000   0.004     0.048   3 s     assumed",
      "  boolq tree seed 1          60  15 + 180   8,400    44,400  0.0114    0.0684   9 s  10 replies",
      "  boolq random seed 1  already created",
      "  boolq human seed 1   nothing to create",
      "  total                     160  35 + 180  11,400    72,400  0.0154     0.116  12 s",
      "  requests: examples that are missing, 5 a request; more if replies yield fewer; + answers that check labels",
      "  at worst: that many requests, each at its limit",
      "  by replies: of the run's own journal, with their yield, tokens and time",
      "  assumed: a token for 4 bytes, replies of 5 such examples, 50 completion tokens a second and request, 8 requests in flight (chains: one each)",
      "  test-model: 1 USD per million prompt tokens and 2 per million completion tokens (a test's)",
      "  checker: 1 USD per million prompt tokens and 2 per million completion tokens (a test's)",
      "Total, creation:   2 to do, 1 done; about 215 requests; 11,400 tokens (72,400 at worst); 0.0154 USD (0.116 at worst); 12 s",
    ]);
  });

  it("counts each creation once, and those that cannot start", () => {
    const runs = [
      run("a seed 1", toUndone(), "same"),
      run("a seed 1/1/2", toUndone(), "same"),
      run("b seed 1", done),
      run("b seed 1/1/2", done, "b seed 1"),
      run("c seed 1", stuck),
      run("d seed 1", free),
    ];
    const last = renderDryRun(runs, none).split("\n").at(-1);
    expect(last).toMatch(
      /^Total, creation: {3}1 to do, 1 done, 1 cannot start; about 20 requests;/,
    );
  });

  it("says once what stands in the way of several runs, and in whose", () => {
    const other = { state: "cannot start", why: "cannot download it\u001b[2J" } as const;
    const runs = [
      run("a seed 1", stuck),
      run("b seed 1", other),
      run("c seed 1", stuck),
      run("d seed 1", free),
    ];
    expect(renderDryRun(runs, none).split("\n").slice(2)).toEqual([
      "  a seed 1  cannot start [1]",
      "  b seed 1  cannot start [2]",
      "  c seed 1  cannot start [1]",
      "  d seed 1  nothing to create",
      expect.stringMatching(/^ {2}total /),
      "  [1] no train split (2 runs)",
      "  [2] cannot download it\\u001b[2J (1 run)",
      "Total, creation:   0 to do, 0 done, 3 cannot start",
    ]);
  });

  it("says for which model no price is known", () => {
    const unknown = {
      ...creating,
      parameters: { ...parameters, model: "own\u001b[2J" },
      prices: null,
    };
    const text = renderDryRun([run("boolq tree seed 1", toUndone({ creating: unknown }))], none);
    expect(text).toContain("  no price is known for own\\u001b[2J (give --prices)");
    const nobody = { ...unknown, parameters: { ...parameters, model: "" } };
    expect(
      renderDryRun([run("boolq tree seed 1", toUndone({ creating: nobody }))], none),
    ).toContain("  price unknown: give --model or --prices");
    expect(text).toMatch(/boolq tree seed 1 .* –\s+–\s+3 s/);
    expect(text).toMatch(/total .* –\s+–\s+3 s/);
    expect(text).toMatch(/; USD not known \(no --prices\); 3 s$/);
  });

  it("counts work once that runs share", () => {
    const runs = [
      run("a seed 1", toUndone(), "same"),
      run("a seed 1/1/2", toUndone(), "same"),
      run("b seed 1", toUndone()),
    ];
    const text = renderDryRun(runs, none);
    expect(text).toContain("  a seed 1/1/2  shares the creation of a seed 1");
    expect(text).toMatch(/total\s+200\s+40 /);
  });

  it("says how long batches take", () => {
    const text = renderDryRun(
      [run("boolq tree seed 1", toUndone({ grows: true, batch: true }))],
      none,
    );
    expect(text).toContain("3 x 24 h at most");
  });

  it.each([
    [{ usd: 0.003, tokens: null }, ["--max-cost leaves 0.003 USD: not enough by what is expected"]],
    [
      { usd: 0.01, tokens: null },
      ["--max-cost leaves 0.01 USD: enough by what is expected, not at worst"],
    ],
    [
      { usd: 1, tokens: 2000 },
      [
        "--max-cost leaves 1.00 USD: enough",
        "--max-total-tokens leaves 2,000 tokens: not enough by what is expected",
      ],
    ],
  ])("says whether the caps suffice: %j", (left, expected) => {
    const lines = renderDryRun([run("boolq tree seed 1", toUndone())], left).split("\n");
    expect(lines.slice(-expected.length - 1, -1)).toEqual(expected.map((line) => `  ${line}`));
  });

  it("of nothing to ask is short", () => {
    expect(renderDryRun([run("boolq tree seed 1", free)], { usd: 1, tokens: 1 })).toBe(
      [
        "dry run of 1 run, nothing is asked",
        "  run                examples  requests  tokens  at worst  USD  at worst  time  by",
        "  boolq tree seed 1  nothing to create",
        "  total                     0         0       0         0    0         0     –",
        "Total, creation:   0 to do, 0 done",
      ].join("\n"),
    );
  });
});
