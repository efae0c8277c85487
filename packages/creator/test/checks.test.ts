import { allowable, rejectable } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import {
  type Check,
  type CheckContext,
  checks,
  chooseChecks,
  findMissedStep,
  isValid,
  judgeCandidate,
} from "../src/filters/checks.ts";
import type { Shape } from "../src/prompt/prompt.ts";
import {
  type Candidate,
  isRejection,
  type Rejection,
  reasons,
  toExample,
} from "../src/reply/candidate.ts";
import { choice, closed } from "./shapes.ts";

const standard = chooseChecks({ reject: null, allow: null });
const strictest = chooseChecks({ reject: rejectable, allow: null });
const laxest = chooseChecks({ reject: null, allow: allowable });

const good: Candidate = {
  question: "Is the sky blue?",
  context: null,
  options: ["True", "False"],
  answer: "False",
};
const chosen: Candidate = { ...good, options: ["x", "y", "z"], answer: "z" };

/** Nothing was kept before, and nothing is evaluated on. */
const toAt = (shape: Shape, more: Partial<CheckContext> = {}): CheckContext => ({
  shape,
  seen: { find: () => null },
  near: [],
  evaluated: null,
  ...more,
});

const cases: [
  name: string,
  shape: Shape,
  candidate: Partial<Candidate>,
  rejection: Pick<Rejection, "reason" | "field" | "evidence"> | null,
][] = [
  ["a good one", closed, good, null],
  ["a good one with options of its own", choice, chosen, null],
  [
    "options of another order, where they vary",
    choice,
    { ...chosen, options: ["z", "x", "y"] },
    null,
  ],
  [
    "no options",
    closed,
    { options: [] },
    { reason: "wrong number of options", field: "options", evidence: "0, expected 2 at least" },
  ],
  [
    "one option",
    choice,
    { options: ["False"] },
    { reason: "wrong number of options", field: "options", evidence: "1, expected 2 at least" },
  ],
  [
    "one option less",
    choice,
    { options: ["True", "False"] },
    { reason: "wrong number of options", field: "options", evidence: "2, expected 3" },
  ],
  [
    "one option more",
    closed,
    { options: ["True", "False", "Maybe"] },
    { reason: "wrong number of options", field: "options", evidence: "3, expected 2" },
  ],
  [
    "other options",
    closed,
    { options: ["Yes", "No"], answer: "No" },
    { reason: "options differ", field: "options", evidence: '["Yes","No"]' },
  ],
  [
    "options in another order",
    closed,
    { options: ["False", "True"] },
    { reason: "options differ", field: "options", evidence: '["False","True"]' },
  ],
  [
    "options in another case",
    closed,
    { options: ["true", "false"], answer: "false" },
    { reason: "options differ", field: "options", evidence: '["true","false"]' },
  ],
  [
    "an answer that is no option",
    closed,
    { answer: "false" },
    { reason: "label not among options", field: "answer", evidence: 'false in ["True","False"]' },
  ],
  [
    "an option twice",
    choice,
    { ...chosen, options: ["z", "Y", "y "] },
    { reason: "repeated options", field: "options", evidence: '["z","Y","y "]' },
  ],
  [
    "the formatting example's question",
    closed,
    { question: " IS the  sea salty? " },
    {
      reason: "copy of the formatting example",
      field: "question",
      evidence: " IS the  sea salty? ",
    },
  ],
];

describe("the checks", () => {
  it.each(cases)("of %s", async (_, shape, more, rejection) => {
    const candidate = { ...good, ...more };
    const expected = rejection ? { ...rejection, candidate } : toExample(candidate);
    expect(await judgeCandidate(candidate, strictest, toAt(shape))).toEqual(expected);
  });

  it("name an exact duplicate's kept line", async () => {
    const seen = { find: (question: string) => (question === good.question ? 7 : null) };
    expect(await judgeCandidate(good, standard, toAt(closed, { seen }))).toEqual({
      reason: "duplicate",
      field: "question",
      evidence: good.question,
      closeTo: { created: 7 },
      candidate: good,
    });
    const other = { ...good, question: "Is it?" };
    expect(await judgeCandidate(other, standard, toAt(closed, { seen }))).toEqual(toExample(other));
  });

  it.each([
    ["at once", <T>(one: T) => one],
    ["later", async <T>(one: T) => one],
  ])("name a near duplicate's kept line, found %s", async (_, found) => {
    const none = { find: () => null };
    const close = { index: 3, similarity: 0.9 };
    const near = [none, { find: () => found(close) }, { find: () => expect.fail("no need") }];
    expect(await judgeCandidate(good, strictest, toAt(closed, { near }))).toEqual({
      reason: "near duplicate",
      field: "question",
      evidence: good.question,
      closeTo: { created: 3 },
      similarity: 0.9,
      candidate: good,
    });
  });

  it("name the item that a contaminated one is too close to", async () => {
    const closeTo = { task: "t", split: "dev", row: 5 } as const;
    const close = { closeTo, field: "context", similarity: 0.7 } as const;
    const candidate = { ...good, context: "A passage." };
    const evaluated = {
      find: async (example: object) => {
        expect(example).toEqual(toExample(candidate));
        return close;
      },
    };
    expect(await judgeCandidate(candidate, strictest, toAt(closed, { evaluated }))).toEqual({
      reason: "contaminated",
      field: "context",
      evidence: "A passage.",
      closeTo: { task: "t", split: "dev", row: 5 },
      similarity: 0.7,
      candidate,
    });
  });

  it("come in order: the first that fails is the reason", async () => {
    const at = toAt(closed, {
      seen: { find: () => 0 },
      near: [{ find: () => ({ index: 0, similarity: 1 }) }],
      evaluated: {
        find: () => ({
          closeTo: { task: "t", split: "test", row: 0 },
          field: "question",
          similarity: 1,
        }),
      },
    });
    const marks = "\u0301".repeat(31);
    const question = closed.formatting.question;
    const worst = { ...good, question, options: ["x"], answer: `y${marks}` };
    const found: string[] = [];
    for (let left = [...strictest]; left.length > 0; left = left.slice(1)) {
      const verdict = await judgeCandidate(worst, left, at);
      if (isRejection(verdict)) found.push(verdict.reason);
    }
    // One option alone repeats nothing: there the next check's reason comes instead.
    expect(found).toEqual([
      "wrong fields",
      "wrong number of options",
      "wrong number of options",
      "options differ",
      "label not among options",
      "options differ",
      "copy of the formatting example",
      "copy of the formatting example",
      "duplicate",
      "near duplicate",
      "contaminated",
    ]);
  });

  const run = (length: number) => `e${"\u0316\u0301".repeat(length / 2)}`;
  it.each([
    ["question", { question: run(32) }],
    ["context", { context: run(100_000) }],
    ["options", { options: ["True", run(32)] }],
    ["answer", { answer: run(32) }],
  ])("reject more than 30 combining marks in a row, in the %s", async (field, more) => {
    const candidate = { ...good, ...more };
    expect(await judgeCandidate(candidate, laxest, toAt(closed))).toMatchObject({
      ...{ reason: "wrong fields", field, evidence: "more than 30 combining marks in a row" },
    });
    const question = run(30);
    expect(await judgeCandidate({ ...good, question }, standard, toAt(closed))).toMatchObject({
      question,
    });
  });

  it("take the first of options that are alike for the answer", async () => {
    const candidate = { ...chosen, options: ["x", "z", "z"] };
    expect(await judgeCandidate(candidate, standard, toAt(choice))).toMatchObject({ label: 1 });
  });
});

describe("the choice of checks", () => {
  const allNames = [...rejectable, ...allowable].filter(
    (name) => name !== "truncated" && name !== "refusal",
  );

  const toName = ({ reason, isRequired }: Check) => (isRequired ? "" : reason.replaceAll(" ", "-"));

  it("knows every switch but those of whole replies, once", () => {
    const names = checks.map(toName).filter(Boolean);
    expect(names.sort()).toEqual([...allNames].sort());
  });

  it("is by default the original's, exact duplicates and the formatting example", () => {
    expect(standard.map(({ reason }) => reason)).toEqual([
      "wrong fields",
      "wrong number of options",
      "wrong number of options",
      "options differ",
      "label not among options",
      "options differ",
      "copy of the formatting example",
      "duplicate",
    ]);
  });

  it.each(allNames)("switches %s alone", (name) => {
    const on = rejectable.some((one) => one === name);
    const switched = chooseChecks({
      reject: rejectable.filter((one) => one === name),
      allow: allowable.filter((one) => one === name),
    });
    const before = standard.map(toName);
    expect(switched.map(toName)).toEqual(
      checks.map(toName).filter((one) => (one === name ? on : before.includes(one))),
    );
  });

  it("with everything allowed still keeps nothing that is no example", async () => {
    const at = toAt(choice);
    const copy = { ...good, question: choice.formatting.question, options: ["a", "a", "b"] };
    expect(await judgeCandidate({ ...copy, answer: "b" }, laxest, at)).toMatchObject({ label: 2 });
    expect(await judgeCandidate({ ...copy, answer: "c" }, laxest, at)).toMatchObject({
      reason: "label not among options",
    });
    expect(
      await judgeCandidate({ ...copy, options: ["b"], answer: "b" }, laxest, at),
    ).toMatchObject({
      reason: "wrong number of options",
    });
  });

  it.each<[options: string[], answer: string, verdict: object]>([
    [["False", "True"], "True", { label: 1 }],
    [["True", "False"], "True", { label: 0 }],
    [["Yes", "No"], "Yes", { reason: "options differ", evidence: '["Yes","No"]' }],
    [["True", "False", "Maybe"], "True", { reason: "options differ" }],
    [["True", "True"], "True", { reason: "options differ" }],
    [["true", "false"], "true", { reason: "options differ" }],
    [["Yes", "No"], "Maybe", { reason: "label not among options" }],
  ])(
    "with everything allowed keeps of fixed options what can be trained on: %j",
    async (options, answer, verdict) => {
      expect(
        await judgeCandidate({ ...good, options, answer }, laxest, toAt(closed)),
      ).toMatchObject(verdict);
    },
  );

  it("takes fewer of the fixed options for other ones, should their number be allowed", async () => {
    const allow = ["wrong-number-of-options"] as const;
    const shape: Shape = {
      formatting: { ...closed.formatting, options: ["a", "b", "c"] },
      options: "fixed",
    };
    const candidate = { ...good, options: ["a", "b"], answer: "a" };
    expect(
      await judgeCandidate(candidate, chooseChecks({ reject: null, allow }), toAt(shape)),
    ).toMatchObject({
      reason: "options differ",
    });
  });
});

describe("the checks of duplicates", () => {
  const seen = { find: () => 4 };
  const judge = (chosen: readonly Check[], more: Partial<CheckContext>, shape = closed) =>
    judgeCandidate(
      good,
      chosen.filter(({ reason }) => findMissedStep(reason) === "new"),
      toAt(shape, more),
    );

  it("look at what is new, and at nothing else", async () => {
    expect(await judge(standard, {}, choice)).toEqual(toExample(good));
    expect(await judge(standard, { seen }, choice)).toMatchObject({
      reason: "duplicate",
      closeTo: { created: 4 },
      candidate: good,
    });
  });

  it("are those that are on", async () => {
    expect(await judge(laxest, { seen })).toEqual(toExample(good));
    const near = [{ find: () => ({ index: 2, similarity: 0.9 }) }];
    expect(await judge(standard, { near })).toEqual(toExample(good));
    expect(await judge(strictest, { near })).toMatchObject({ reason: "near duplicate" });
  });
});

describe("the step that a rejected candidate does not reach", () => {
  it("never comes before that of the check before", () => {
    const order = ["valid", "new", "kept"];
    const steps = checks.map(({ reason }) => order.indexOf(findMissedStep(reason)));
    expect(steps).toEqual([...steps].sort());
  });

  it.each([
    ["new", ["copy of the formatting example", "duplicate", "near duplicate"]],
    ["kept", ["contaminated", "too little agreement", "over quota"]],
  ])("is %s for these, and for all others valid", (step, expected) => {
    expect(reasons.filter((reason) => findMissedStep(reason) === step)).toEqual(expected);
  });

  it("says which checks need neither waiting nor anything kept", () => {
    expect(isValid(good, standard, closed)).toBe(true);
    expect(isValid({ ...good, question: closed.formatting.question }, strictest, closed)).toBe(
      true,
    );
    expect(isValid({ ...good, options: ["Yes", "No"] }, standard, closed)).toBe(false);
    expect(isValid({ ...good, answer: "Maybe" }, laxest, closed)).toBe(false);
    const repeated = { ...chosen, options: ["z", "z", "y"] };
    expect(isValid(repeated, standard, choice)).toBe(true);
    expect(isValid(repeated, strictest, choice)).toBe(false);
  });
});
