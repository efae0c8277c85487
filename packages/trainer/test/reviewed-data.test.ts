import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  createReviewIds,
  type Example,
  hashReview,
  openReview,
  type Run,
  readReview,
  toCreationFolder,
  toEvaluationFolder,
  toRecord,
  toTrainingFolder,
  type Verdict,
} from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { loadTrainingData } from "../src/data/training-data.ts";
import { toTrainingConditions } from "../src/run/train-run.ts";
import { trainerStage } from "../src/run/trainer-stage.ts";
import { deps, makeData, makeExamples, planOne, toQuestions, writeCreation } from "./creations.ts";

const created = makeExamples("created", 30);
const toId = createReviewIds("created");
const ids = created.map((example) => toId(toRecord(example)));
const toNow = (example: Example) => toRecord(example);
const relabelled = (n: number) => {
  const { label, ...rest } = created[n] as Example;
  return { ...rest, label: 1 - label };
};

type Said = Omit<Verdict, "at" | "example"> & { example: number | string };

/** What is said of an example by its line, or by an id. */
function review(run: Run, said: readonly Said[]): void {
  const log = openReview(toCreationFolder(run), () => {});
  for (const { example, ...rest } of said)
    log.append({
      example: typeof example === "number" ? (ids[example] ?? "") : example,
      ...rest,
      at: "2026-01-01T00:00:00.000Z",
    });
  log.close();
}

async function settle(said: readonly Said[]) {
  const run = await planOne("--setting tree --examples 30", makeData());
  writeCreation(run, 30, 30);
  const before = toTrainingFolder(run);
  review(run, said);
  return { run, before };
}

const added: Example = {
  question: "is this so after all",
  context: null,
  options: ["True", "False"],
  label: 0,
};
const taken: Said = { example: "rejected:0123456789abcdef", state: "accepted", now: toNow(added) };
const fixed: Said = { example: 3, state: "changed", now: toNow(relabelled(3)) };

describe("a reviewed creation", () => {
  it("is trained on as the person left it, in a folder of its own, and says so", async () => {
    const { run, before } = await settle([
      { example: 0, state: "accepted" },
      fixed,
      { example: 5, state: "deleted" },
      { example: 7, state: "deleted" },
      { example: 7, state: "open" },
      taken,
    ]);
    const { train, target, review } = await loadTrainingData(run, deps);
    const wanted = created.map((one, n) => (n === 3 ? relabelled(3) : one));
    wanted.splice(5, 1);
    expect(train).toEqual([...wanted, added]);
    const hash = hashReview(readReview(toCreationFolder(run)));
    expect(review).toEqual({ changed: 1, deleted: 1, added: 1, unknown: 0, hash });
    expect(target).toBe(30);
    expect(toTrainingFolder(run)).not.toBe(before);
    expect(toEvaluationFolder(run, run.task)).toContain(toTrainingFolder(run).slice(-12));
    const conditions = toTrainingConditions(run, await loadTrainingData(run, deps));
    expect(conditions.review).toBe(`3 changed (${hash})`);
  });

  it.each<[string, Said[]]>([
    ["everything is right", [{ example: 0, state: "accepted" }]],
    ["everything was taken back", [fixed, { example: 3, state: "open" }]],
    ["only labels were guessed blind", [{ example: 2, state: "open", answer: "True" }]],
    ["nothing is said", []],
  ])("of which %s is as it was created", async (_, said) => {
    const { run, before } = await settle(said);
    const data = await loadTrainingData(run, deps);
    expect(toTrainingFolder(run)).toBe(before);
    expect(toQuestions(data.train)).toEqual(toQuestions(created));
    expect(data.review).toBeNull();
    expect(toTrainingConditions(run, data)).not.toHaveProperty("review");
  });

  it("that goes on while a command trains is the next command's", async () => {
    const { run } = await settle([fixed]);
    trainerStage.open([run], { env: {} } as Context);
    const folder = toTrainingFolder(run);
    review(run, [{ example: 4, state: "deleted" }]);
    expect(toTrainingFolder(run)).toBe(folder);
    expect((await loadTrainingData(run, deps)).review).toMatchObject({ changed: 1, deleted: 0 });
    const next = await loadTrainingData({ ...run }, deps);
    expect(next.review).toMatchObject({ changed: 1, deleted: 1 });
  });

  it("is the same whatever the order of what was said", async () => {
    const [one, other] = [
      await settle([fixed, { example: 5, state: "deleted" }, taken]),
      await settle([taken, { example: 5, state: "deleted" }, { example: 3, state: "open" }, fixed]),
    ];
    const toHash = ({ run }: typeof one) => hashReview(readReview(toCreationFolder(run)));
    expect(toHash(one)).toBe(toHash(other));
    expect((await loadTrainingData(one.run, deps)).train).toEqual(
      (await loadTrainingData(other.run, deps)).train,
    );
  });

  it("that was created anew applies to what is still there, wherever that stands, and to nothing else", async () => {
    const { run } = await settle([
      { example: "created:feedfeedfeedfeed", state: "deleted" },
      { example: 9, state: "deleted" },
    ]);
    // Fewer, in another order: by line alone another example would go.
    writeCreation(run, 30, 30, { examples: [...created].reverse() });
    const { train, review } = await loadTrainingData(run, deps);
    expect(review).toMatchObject({ deleted: 1, unknown: 1 });
    const left = [...created].reverse().filter((_, at) => at !== 20);
    expect(toQuestions(train)).toEqual(toQuestions(left));
  });

  it("tells equal examples apart by their number", () => {
    const toId = createReviewIds("created");
    const [first, second] = [toId({ a: 1 }), toId({ a: 1 })];
    expect(second).toBe(`${first}-2`);
  });

  it.each([
    ["nonsense\n", "review.jsonl:1: expected one JSON value a line"],
    ['{"example":"created:x","state":"gone","at":""}\n', "review.jsonl:1: expected what a person"],
  ])("that is damaged is named: %j", async (text, error) => {
    const { run } = await settle([]);
    writeFileSync(join(toCreationFolder(run), "review.jsonl"), text);
    expect(() => toTrainingFolder(run)).toThrow(error);
  });

  it.each<[string, unknown, string]>([
    ["no example", { question: "x" }, 'expected {"question"'],
    [
      "another task's",
      toNow({ question: "x", context: null, options: ["a", "b"], label: 0 }),
      "expected the options",
    ],
  ])("whose change is %s is named", async (_, now, error) => {
    const { run } = await settle([{ example: 3, state: "changed", now }]);
    await expect(loadTrainingData(run, deps)).rejects.toThrow(error);
    await expect(loadTrainingData(run, deps)).rejects.toThrow("review.jsonl");
  });

  it("passes over a last line that is being written", async () => {
    const { run } = await settle([fixed]);
    const path = join(toCreationFolder(run), "review.jsonl");
    appendFileSync(path, '{"example":"created:');
    expect(readReview(toCreationFolder(run)).size).toBe(1);
    expect(readFileSync(path, "utf8")).toMatch(/created:$/);
  });
});
