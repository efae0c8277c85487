import { ExpectedError, FlagError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import {
  type CreatorPlan,
  estimate,
  type MeasuredReplies,
  type Workload,
} from "../src/llm/estimate.ts";
import { renderDryRun, tryPlan } from "../src/run/dry-run.ts";
import { check, creating, measured, toWorkload } from "./views.ts";

const toTodo = (
  more: Partial<Workload> = {},
  sofar: MeasuredReplies | null = null,
): CreatorPlan => {
  const workload = toWorkload(more);
  return { state: "todo", workload, estimate: estimate(workload, sofar) };
};

const run = (name: string, plan: CreatorPlan) => ({ name, plan });
const done = { state: "done", why: "already created" } as const;
const free = { state: "free", why: "nothing to create" } as const;
const stuck = { state: "cannot start", why: "no train split" } as const;

const none = { usd: null, tokens: null };

describe("a dry run", () => {
  it("tells of every run what it would ask, and all in all", () => {
    const runs = [
      run("boolq naive seed 1", toTodo()),
      run("boolq tree seed 1", toTodo({ checking: check }, measured)),
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
      "  by replies: of journals that hold its requests already, its own or another creation's, with their yield, tokens and time",
      "  assumed: a token for 4 bytes, replies of 5 such examples, 50 completion tokens a second and request, 8 requests in flight (chains: one each)",
      "  test-model: 1 USD per million prompt tokens and 2 per million completion tokens (a test's)",
      "  checker: 1 USD per million prompt tokens and 2 per million completion tokens (a test's)",
      "Total, creation:   2 to do, 1 done; about 215 requests; 11,400 tokens (72,400 at worst); 0.0154 USD (0.116 at worst); 12 s",
    ]);
  });

  it("counts what is to do, what is done, and what cannot start", () => {
    const shared = { state: "free", why: "shares the creation of a seed 1" } as const;
    const runs = [
      run("a seed 1", toTodo()),
      run("a seed 1/1/2", shared),
      run("b seed 1", done),
      run("c seed 1", stuck),
      run("d seed 1", free),
    ];
    const text = renderDryRun(runs, none);
    expect(text).toContain("  a seed 1/1/2  shares the creation of a seed 1");
    expect(text.split("\n").at(-1)).toMatch(
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
      parameters: { ...creating.parameters, model: "own\u001b[2J" },
      prices: null,
    };
    const text = renderDryRun([run("boolq tree seed 1", toTodo({ creating: unknown }))], none);
    expect(text).toContain("  no price is known for own\\u001b[2J (give --prices)");
    const nobody = { ...unknown, parameters: { ...creating.parameters, model: "" } };
    expect(renderDryRun([run("boolq tree seed 1", toTodo({ creating: nobody }))], none)).toContain(
      "  price unknown: give --model or --prices",
    );
    expect(text).toMatch(/boolq tree seed 1 .* –\s+–\s+3 s/);
    expect(text).toMatch(/total .* –\s+–\s+3 s/);
    expect(text).toMatch(/; USD not known \(no --prices\); 3 s$/);
  });

  it("says where comparing by cosine takes a part of the time", () => {
    const vectors = { amongThemselves: true, items: 0 };
    const note = "with --near-cosine every two kept questions are compared";
    const of = (more: Partial<Workload>) => renderDryRun([run("boolq tree", toTodo(more))], none);
    expect(of({ vectors })).toContain(note);
    expect(of({})).not.toContain(note);
  });

  it("says how long batches take", () => {
    const text = renderDryRun(
      [run("boolq tree seed 1", toTodo({ grows: true, batch: true }))],
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
    // Just enough.
    [
      { usd: null, tokens: 3000 },
      ["--max-total-tokens leaves 3,000 tokens: enough by what is expected, not at worst"],
    ],
    [{ usd: null, tokens: 28_000 }, ["--max-total-tokens leaves 28,000 tokens: enough"]],
  ])("says whether the caps suffice: %j", (left, expected) => {
    const lines = renderDryRun([run("boolq tree seed 1", toTodo())], left).split("\n");
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

describe("a plan that fails", () => {
  it("is a run that cannot start, unless flags or the program are at fault", async () => {
    const planned = (error: Error) => tryPlan(() => Promise.reject(error));
    expect(await planned(new ExpectedError("no train split"))).toEqual(stuck);
    await expect(planned(new FlagError("--example: no"))).rejects.toThrow("--example: no");
    await expect(planned(new TypeError("a bug"))).rejects.toThrow("a bug");
  });
});
