import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createRandom, type Example, endings, toTrainingFolder } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { selectExamples } from "../src/classifier/select-examples.ts";
import { trainingManifestSchema } from "../src/classifier/training-manifest.ts";
import { coverPoints } from "../src/data/cover.ts";
import { pickTrained } from "../src/run/select-training.ts";
import { trainRun } from "../src/run/train-run.ts";
import { toyCheckpoint, toyChoices, toyClaims, toyTask } from "./toy-student.ts";

const toPoints = (rows: readonly (readonly number[])[]) =>
  rows.map((row) => Float32Array.from(row));

describe("points that cover others", () => {
  const square = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ];
  it.each([
    ["on a line", [[0], [1], [2], [10], [6.5]], [0], [0, 3, 4, 2, 1]],
    ["of equally far ones the first", square, [0], [0, 3, 1, 2]],
    ["from several", [[0], [1], [2], [10], [6.5]], [3, 0], [3, 0, 4, 2, 1]],
    ["copies last, in their order", [[5], [5], [0], [5]], [0], [0, 2, 1, 3]],
    ["all alike", [[1], [1], [1]], [1], [1, 0, 2]],
  ])("%s", async (_, rows, first, chosen) => {
    for (let n = first.length; n <= rows.length; n++)
      expect(await coverPoints(toPoints(rows), first, n)).toEqual(chosen.slice(0, n));
  });

  it("are those that a distance of each to each chosen one gives", async () => {
    const random = createRandom("points");
    const points = toPoints(
      Array.from({ length: 150 }, (_, i) => [random.normal() + (i % 5), random.normal(), i % 3]),
    );
    const chosen = [7, 3];
    const toNearest = (point: Float32Array) =>
      Math.min(
        ...chosen.map((one) => Math.hypot(...point.map((x, i) => x - (points[one]?.[i] ?? 0)))),
      );
    while (chosen.length < 60) {
      const distances = points.map(toNearest);
      chosen.push(distances.indexOf(Math.max(...distances)));
    }
    expect(await coverPoints(points, [7, 3], 60)).toEqual(chosen);
  });
});

describe("selected examples", () => {
  const say = (question: string, label: number): Example => ({
    question,
    context: null,
    options: ["cold", "warm", "wet"],
    label,
  });
  const examples = [
    say("the ice is thick", 0),
    say("the ice is thick", 0),
    say("the ice is very thick", 0),
    say("a fire burns", 1),
    say("how much does a bank account cost?", 0),
  ];
  const select = (by: "coverage" | "random", keep: number, seed = 1) =>
    selectExamples(examples, { select: by, keep, seed });

  it("by coverage are the first of each label, then the farthest; copies come last", async () => {
    expect(await select("coverage", 0.6)).toEqual([0, 3, 4]);
    expect(await select("coverage", 0.8)).toEqual([0, 2, 3, 4]);
  });

  it("at random are the seed's, with one of each label", async () => {
    const drawn = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => select("random", 0.4, seed)));
    for (const rows of drawn) expect(rows.filter((row) => row === 3)).toHaveLength(1);
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1);
    expect(await select("random", 0.4, 6)).toEqual(drawn[5]);
    expect(await select("random", 0.01)).toHaveLength(2);
    expect(await select("random", 1)).toEqual([0, 1, 2, 3, 4]);
  });

  it("have no labels in common where options vary: the first is kept, then the farthest", async () => {
    const tiny = { encoder: toyCheckpoint("tiny-bert-classification"), runtime: "tfjs" } as const;
    const part = { ...tiny, select: "coverage", keep: 0.1 } as const;
    const rows = await selectExamples(toyChoices(20), part);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toBe(0);
    expect(await selectExamples([], part)).toEqual([]);
  });
});

describe("a training on a selection", () => {
  async function train(encoder: string, flags: string) {
    const own = `--encoder ${encoder} --runtime tfjs --results ${tempFolder()}`;
    const [run] = await plan(`--data ${toyTask()} --setting human ${own} ${flags}`);
    if (!run) throw new Error("expected a run");
    const said: string[] = [];
    const fetch = async () => Promise.reject(new Error("this test has no network"));
    const log = (line: string) => void said.push(line);
    const ctx = { env: {}, fetch, log, panel: null, onInterrupt: () => () => {} };
    await trainRun(run, [run], ctx);
    const folder = toTrainingFolder(run);
    const manifest = readFileSync(join(folder, endings.done), "utf8");
    const files = readdirSync(join(folder, "classifier")).filter((name) => name !== "README.md");
    return {
      ...{ run, said, manifest: trainingManifestSchema.parse(JSON.parse(manifest)) },
      bytes: files.sort().map((name) => readFileSync(join(folder, "classifier", name), "latin1")),
      again: async () => trainRun(run, [run], ctx).then(() => said.at(-1)),
    };
  }

  it("repeats to the byte, is a row of its own, and knows what it was trained on", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const flags = "--select coverage --keep 0.25";
    const [one, other] = [await train(encoder, flags), await train(encoder, flags)];
    expect(other.bytes).toEqual(one.bytes);
    expect(one.manifest).toMatchObject({
      train: { n: 12, target: 12 },
      conditions: { select: "coverage", keep: 0.25 },
    });
    const line = "  --select coverage: 12 of 48 examples, which cover them best by ";
    expect(one.said).toContain(`${line}${basename(encoder)}`);
    expect(await one.again()).toContain("already trained");
    const all = toyClaims(48, 1);
    const options = { select: "coverage", keep: 0.25, encoder, runtime: "tfjs" } as const;
    const rows = await selectExamples(all, options);
    expect(pickTrained(toTrainingFolder(one.run), all, one.manifest)).toEqual(
      rows.map((row) => all[row]),
    );
    writeFileSync(join(toTrainingFolder(one.run), "selected.json"), "[0]");
    expect(() => pickTrained(toTrainingFolder(one.run), all, one.manifest)).toThrow(
      "expected it as it was written",
    );
  });

  it("in full tuning reads the encoder as it is before, and at random none", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const short = "--tune full --epochs 1 --learning-rates 1e-3 --keep 0.25";
    const random = await train(encoder, `${short} --select random`);
    expect(random.manifest.train.n).toBe(12);
    expect(random.said).toContain("  --select random: 12 of 48 examples, which were drawn");
    const { run, manifest } = await train(encoder, `${short} --select coverage`);
    const options = { select: "coverage", keep: 0.25, encoder, runtime: "tfjs" } as const;
    const all = toyClaims(48, 1);
    const rows = await selectExamples(all, options);
    expect(pickTrained(toTrainingFolder(run), all, manifest)).toEqual(rows.map((row) => all[row]));
  });
});
