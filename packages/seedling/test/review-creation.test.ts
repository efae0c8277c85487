import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, readReview, sha256 } from "@seedling/core/internal";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Act, Filter } from "../src/review/protocol.ts";
import { openCreationReview } from "../src/review/review-creation.ts";
import {
  cut,
  labels,
  makeCreation,
  toCreated,
  toRejected,
  writeCreation,
} from "./made-creation.ts";

const at = "2026-01-01T00:00:00.000Z";
const all: Filter = {
  ...{ search: "", from: "", label: "", reason: "", agreement: "", depth: "" },
  ...{ state: "", order: "" },
};

function open(folder: string, { sample = 50, logged = [] as string[] } = {}) {
  const review = openCreationReview(folder, {
    ...{ sample, seed: 1, now: () => at, log: (line) => logged.push(line) },
  });
  let isOpen = true;
  const close = () => {
    if (isOpen) review.close();
    isOpen = false;
  };
  onTestFinished(close);
  const list = (filter: Partial<Filter> = {}) =>
    review.calls.list({ filter: { ...all, ...filter }, offset: 0, limit: 500 }).rows;
  return {
    ...review,
    close,
    list,
    act: (place: number, act: Act) => review.calls.act({ id: list()[place]?.id ?? "", act }),
    undo: () => review.calls.undo({}),
    progress: () => review.calls.about({}).progress,
  };
}

const readLog = (folder: string) =>
  readFileSync(join(folder, "review.jsonl"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const record = (n: number, change: object = {}) => ({
  ...{ question: `Message number ${n}`, context: null, options: labels, label: labels[n % 3] },
  ...change,
});

describe("what is done to an example", () => {
  it.each<[string, number, Act, object, object]>([
    ["accepted", 1, { do: "accept" }, { state: "accepted" }, { reviewed: 1, changed: 0 }],
    ["deleted", 1, { do: "delete" }, { state: "deleted" }, { reviewed: 1, deleted: 1 }],
    [
      "labelled anew",
      1,
      { do: "label", label: "cancel" },
      { state: "changed", now: record(1, { label: "cancel" }) },
      { reviewed: 1, changed: 1 },
    ],
    [
      "labelled as it is",
      1,
      { do: "label", label: "refund" },
      { state: "accepted" },
      { reviewed: 1, changed: 0 },
    ],
    [
      "edited",
      1,
      { do: "edit", question: "Cafe\u0301?", context: "" },
      { state: "changed", now: record(1, { question: "Caf\u00e9?" }) },
      { reviewed: 1, changed: 1 },
    ],
    [
      "edited back",
      1,
      { do: "edit", question: "Message number 1", context: null },
      { state: "accepted" },
      { reviewed: 1, changed: 0 },
    ],
    [
      "rejected as a duplicate, and taken in",
      13,
      { do: "accept" },
      { state: "accepted", now: record(1, { question: "Rejected number 1" }) },
      { reviewed: 0, added: 1 },
    ],
    [
      "rejected for its label, and labelled",
      12,
      { do: "label", label: "billing" },
      { state: "changed", now: record(0, { question: "Rejected number 0" }) },
      { reviewed: 0, added: 1 },
    ],
    ["rejected, and left out", 12, { do: "delete" }, { state: "deleted" }, { added: 0 }],
  ])("%s is one line, counted and undone", (_, place, act, line, counts) => {
    const folder = makeCreation();
    const review = open(folder);
    const { id } = review.list()[place] ?? {};
    const done = review.act(place, act);
    expect(readLog(folder)).toEqual([{ example: id, ...line, at }]);
    expect(done.progress).toMatchObject({ total: 12, ...counts });
    expect(done.row?.state).toBe((line as { state: string }).state);
    expect(review.undo().row).toMatchObject({ id, state: "open" });
    expect(readLog(folder).at(-1)).toEqual({ example: id, state: "open", at });
    expect(review.progress()).toMatchObject({ reviewed: 0, changed: 0, deleted: 0, added: 0 });
    expect(review.undo().row).toBeNull();
  });

  it.each<[string, number, Act, string]>([
    ["another label", 1, { do: "label", label: "Refund" }, "expected one of its options as label"],
    ["no question", 1, { do: "edit", question: " ", context: null }, "expected a question"],
    ["a rejected one's own label", 12, { do: "accept" }, 'got "Bill": choose one first'],
    ["part of an example", 14, { do: "accept" }, "only a part of this one is known"],
    ["no example", 99, { do: "accept" }, "expected an example of this creation"],
  ])("is refused with %s, and nothing is written", (_, place, act, error) => {
    const folder = makeCreation();
    const review = open(folder);
    expect(() => review.act(place, act)).toThrow(error);
    expect(readLog(folder)).toEqual([]);
    expect(review.undo().row).toBeNull();
  });

  it("goes on from what was said before, and an edit is undone as a whole", () => {
    const folder = makeCreation();
    const first = open(folder);
    first.act(1, { do: "label", label: "cancel" });
    for (const question of ["N", "Ne", "New"])
      first.act(1, { do: "edit", question, context: null });
    first.close();
    cut(join(folder, "review.jsonl"));
    const logged: string[] = [];
    const second = open(folder, { logged });
    expect(logged).toEqual([expect.stringContaining("removed a last line that was cut")]);
    expect(second.list()[1]).toMatchObject({ question: "New", label: "cancel", state: "changed" });
    for (const question of ["Newe", "Newer"])
      second.act(1, { do: "edit", question, context: null });
    expect(second.undo().row).toMatchObject({ question: "New", label: "cancel" });
    expect(second.undo().row).toBeNull();
    expect(second.end()).toContain("1 of 12 examples reviewed, 1 changed (1 in text or label");
  });

  it("is one process's alone, and is let go at the end", () => {
    const folder = makeCreation();
    const first = open(folder);
    expect(() => open(folder)).toThrow("another process");
    first.close();
    expect(existsSync(join(folder, "review.lock.json"))).toBe(false);
    // Work on the creation itself goes on beside a review.
    open(folder);
    expect(existsSync(join(folder, "lock.json"))).toBe(false);
  });

  it("stays with its example where a creation was made anew, and what is gone is said", () => {
    const folder = makeCreation();
    const first = open(folder);
    first.act(0, { do: "delete" });
    first.act(5, { do: "label", label: "billing" });
    first.close();
    writeCreation(folder, { created: [3, 5, 1].map(toCreated) });
    const again = open(folder);
    expect(again.list().map(({ label, state }) => [label, state])).toEqual([
      ["billing", "open"],
      ["billing", "changed"],
      ["refund", "open"],
    ]);
    expect(again.calls.about({}).about.notices).toEqual([
      expect.stringContaining("1 example of an earlier review"),
    ]);
  });
});

describe("the list", () => {
  it.each<[Partial<Filter>, string[]]>([
    [{ search: "NUMBER 1" }, ["1", "10", "11", "Rejected number 1"]],
    [{ search: "<b>that" }, ["I cannot do <b>that</b>."]],
    [{ search: "nothing" }, []],
    [{ from: "rejected" }, ["Rejected number 0", "Rejected number 1", "I cannot do <b>that</b>."]],
    [{ reason: "duplicate" }, ["Rejected number 1"]],
    [{ label: "cancel" }, ["2", "5", "8", "11"]],
    [{ label: "Bill" }, ["Rejected number 0"]],
    [{ agreement: "none" }, ["0", "4", "8"]],
    [{ agreement: "half" }, ["0", "1", "4", "5", "8", "9"]],
    [{ agreement: "all", from: "created" }, ["3", "7", "11"]],
    [
      { agreement: "unknown", state: "open" },
      ["Rejected number 0", "Rejected number 1", "I cannot do <b>that</b>."],
    ],
    [{ agreement: "some", order: "agreement" }, ["0", "4", "8", "1", "5", "9", "2", "6", "10"]],
    [{ depth: "3" }, ["3", "7", "11"]],
    [{ state: "accepted" }, ["6"]],
    [{ state: "deleted", search: "7" }, ["7"]],
  ])("by %j", (filter, expected) => {
    const review = open(makeCreation());
    review.act(6, { do: "accept" });
    review.act(7, { do: "delete" });
    const shown = review
      .list(filter)
      .map(({ question }) => question.replace("Message number ", ""));
    expect(shown).toEqual(expected);
  });

  it("gives the part of it that is asked for, and finds what an example is now", () => {
    const review = open(makeCreation());
    const page = review.calls.list({ filter: all, offset: 10, limit: 3 });
    expect([page.total, page.rows.map(({ number }) => number)]).toEqual([15, [11, 12, 1]]);
    review.act(4, { do: "edit", question: "Where is my parcel?", context: "Sent in May." });
    expect(review.list({ search: "may" })).toHaveLength(1);
    expect(review.list({ search: "number 4" })).toHaveLength(0);
  });

  it("takes options in any order for the same labels, and knows none where they vary", () => {
    const turned = { ...toCreated(1), options: ["cancel", "refund", "billing"], label: 1 };
    expect(
      open(makeCreation({ created: [toCreated(0), turned] })).calls.about({}).about.labels,
    ).toEqual(labels);
    const other = { ...toCreated(1), options: ["a", "b", "c"] };
    const { calls } = open(makeCreation({ created: [toCreated(0), other], rejected: [] }));
    expect(calls.about({}).about.labels).toBeNull();
  });

  it("tells of an example what the model answered, and what it was created as", () => {
    const review = open(makeCreation());
    const { id } = review.act(1, { do: "label", label: "billing" }).row ?? {};
    expect(review.calls.row({ id: id ?? "" })).toMatchObject({
      ...{
        created: "refund",
        label: "billing",
        depth: 1,
        agreement: "1 of 3 answers agree with the created label",
      },
      notes: ["Blind answers of the model: billing 3."],
    });
  });

  it("tells of an example that was relabelled both labels", () => {
    const folder = makeCreation({ created: [toCreated(0)] });
    const agreement = { asked: 1, agreed: 0, answers: [1, 0, 0] };
    const lineage = JSON.stringify({ created: "cancel", agreement });
    writeFileSync(join(folder, "lineage.jsonl"), `${lineage}\n`);
    const [row] = open(folder).list({ from: "created" });
    expect(row).toMatchObject({
      label: "billing",
      agreement: "0 of 1 answers agree with the created label, cancel",
    });
  });
});

describe("the blind sample", () => {
  /** Answers as somebody who knows: by the number of the message. */
  const know = ({ question }: { question: string }) =>
    labels[Number(/\d+/.exec(question)?.[0]) % 3] ?? "";
  const wrong = Array.from(
    { length: 12 },
    (_, n): Example => (n % 4 === 0 ? { ...toCreated(n), label: (n + 1) % 3 } : toCreated(n)),
  );

  it("shows each example once without its label, measures, and mends", () => {
    const folder = makeCreation({ created: wrong });
    const review = open(folder);
    const seen: string[] = [];
    for (let item = review.calls.blind({}); item; item = review.calls.blind({})) {
      expect(Object.keys(item).sort()).toEqual(
        ["id", "place", "of", "question", "context", "options"].sort(),
      );
      expect([item.place, item.of]).toEqual([seen.length + 1, 12]);
      seen.push(item.question);
      review.calls.act({ id: item.id, act: { do: "answer", label: know(item) } });
    }
    expect(new Set(seen).size).toBe(12);
    const { accuracy, byLabel, changed, reviewed } = review.progress();
    expect([accuracy?.right, accuracy?.n, changed, reviewed]).toEqual([9, 12, 3, 12]);
    // Clopper and Pearson's interval of 9 of 12.
    expect(accuracy?.low).toBeCloseTo(0.42814, 5);
    expect(accuracy?.high).toBeCloseTo(0.94514, 5);
    expect(byLabel.map(([label, { right, n }]) => `${label} ${right}/${n}`)).toEqual([
      "billing 3/4",
      "cancel 3/4",
      "refund 3/4",
    ]);
    // A later correction of a text says nothing of what the label was.
    review.act(1, { do: "edit", question: "Other", context: null });
    expect(review.progress().accuracy).toEqual(accuracy);
    review.close();
    expect(open(folder).progress()).toMatchObject({ accuracy, changed: 4 });
    expect(readReview(folder).size).toBe(12);
  });

  it("is as large as was asked for, is skipped and undone", () => {
    const review = open(makeCreation(), { sample: 2 });
    const answer = (label: string | null) => {
      const { id = "" } = review.calls.blind({}) ?? {};
      return review.calls.act({ id, act: { do: "answer", label } });
    };
    const first = review.calls.blind({});
    expect(answer(null).progress).toMatchObject({ skipped: 1, reviewed: 0, accuracy: null });
    review.undo();
    expect(review.calls.blind({})).toEqual(first);
    answer(null);
    answer("billing");
    expect(review.calls.blind({})).toBeNull();
    expect(() => review.act(0, { do: "answer", label: "x" })).toThrow("one of its options");
  });

  it("takes over what an earlier version asked in the terminal, and trains on nothing of it", () => {
    const folder = makeCreation();
    const created = sha256(readFileSync(join(folder, "created.jsonl")));
    const lines = [
      { version: 1, created },
      { line: 0, answer: 0, at },
      { line: 1, answer: 2, at },
    ];
    writeFileSync(
      join(folder, "audit.jsonl"),
      lines.map((one) => `${JSON.stringify(one)}\n`).join(""),
    );
    const review = open(folder);
    expect(review.progress()).toMatchObject({
      accuracy: { n: 2, right: 1 },
      reviewed: 0,
      changed: 0,
    });
    expect(readLog(folder)).toEqual([]);
    review.act(1, { do: "accept" });
    expect(readLog(folder)).toMatchObject([{ state: "accepted", answer: "cancel" }]);
  });
});

describe("a creation that is damaged", () => {
  it.each([
    ["created.jsonl", "{}\n", "created.jsonl:1: expected"],
    ["lineage.jsonl", '{"depth":"x"}\n', "lineage.jsonl:1: expected a line of a creation; depth"],
    ["rejected.jsonl", "[1]\n", "rejected.jsonl:1: expected a line of a creation"],
    ["review.jsonl", "{}\n", "review.jsonl:1: expected what a person says"],
  ])("%s is named", (name, text, error) => {
    const folder = makeCreation();
    writeFileSync(join(folder, name), text);
    expect(() => open(folder)).toThrow(error);
    expect(existsSync(join(folder, "review.lock.json"))).toBe(false);
  });

  it("or empty has nothing to review, and lacks what a stopped one did not write", () => {
    expect(() => open(makeCreation({ created: [], rejected: [] }))).toThrow("none was kept or");
    const folder = makeCreation({ created: [toCreated(0)], rejected: [toRejected(1, "x", "y")] });
    for (const name of ["created.jsonl", "rejected.jsonl"]) cut(join(folder, name));
    expect(open(folder).list()).toHaveLength(2);
  });
});
