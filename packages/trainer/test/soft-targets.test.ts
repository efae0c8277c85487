import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { openBackend, type Run, toCreationFolder, toJsonl } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { trainClassifier } from "../src/classifier/train-classifier.ts";
import type { TrainingExample } from "../src/data/examples.ts";
import { computeLoss, softmax } from "../src/data/metrics.ts";
import { soften } from "../src/data/soft-targets.ts";
import { hashExamples, loadTrainingData } from "../src/data/training-data.ts";
import { createOps } from "../src/encoder/ops.ts";
import { fitMlp } from "../src/head/fit-mlp.ts";
import { scoreItems } from "../src/head/head.ts";
import { deps, makeData, makeExamples, planOne, writeCreation } from "./creations.ts";
import { toyCheckpoint, toyClaims } from "./toy-student.ts";

const line = "--setting tree --examples 6 --labels soft --relabel 3";

/** The answers of six examples, whose own labels are True, False, True, ...: by option, or by letters. */
const answers = [
  { asked: 3, answers: [3, 0] },
  { asked: 3, answers: [2, 1] },
  { asked: 3, answers: [0, 2] },
  { asked: 3, answers: [0, 0] },
  { asked: 2, answers: [1, 1], probabilities: [0.25, 0.75] },
  { asked: 4, answers: [2, 2] },
];

const toLineage = (all: object[]) => toJsonl(all.map((agreement) => ({ request: 0, agreement })));

async function write(flags = line, lineage = toLineage(answers)): Promise<Run> {
  const run = await planOne(flags);
  writeCreation(run, 6, 6, { lineage });
  return run;
}

const toLabels = (examples: readonly TrainingExample[]) =>
  examples.map(({ label, target }) => [label, target]);

describe("the loss of probabilities", () => {
  const items = [
    { label: 0, target: [0.7, 0.3, 0], weight: 2, right: [true, false, false] },
    { label: 2, right: [false, false, true] },
  ];

  it("is the cross entropy by them, with the gradient that differences have", () => {
    const scores = Float32Array.from([0.2, -0.4, 0.1, 0, 1, -1]);
    const { loss, gradient } = computeLoss(scores, items, 2);
    const [p = 0, q = 0] = softmax(scores.subarray(0, 3));
    const [, , r = 0] = softmax(scores.subarray(3));
    const expected = (-2 * (0.7 * Math.log(p) + 0.3 * Math.log(q)) - Math.log(r)) / 2;
    expect(loss).toBeCloseTo(expected, 6);
    for (const [i, slope] of gradient.entries()) {
      const at = (step: number) =>
        computeLoss(
          scores.map((s, j) => (j === i ? s + step : s)),
          items,
          2,
        );
      expect(slope).toBeCloseTo((at(0.01).loss - at(-0.01).loss) / 0.02, 4);
    }
  });

  it("is least where an MLP gives these probabilities", async () => {
    const backend = await openBackend({ force: "wasm" });
    const target = [0.75, 0.25];
    const item = { vectors: [Float32Array.from([1, 0])], label: 0, target, right: [true, false] };
    const train = Array.from({ length: 16 }, () => item);
    const grid = { learningRates: [0.01], batchSizes: [16], epochs: 60, weightDecay: 0 };
    const { head } = await fitMlp(
      { train, dev: [item], dimensions: 2, outputs: 2 },
      { backend, earlyStop: null, seed: 1, ...grid },
    );
    const [scores = []] = await scoreItems(createOps(backend), head, [item]);
    expect(softmax(scores)[0]).toBeCloseTo(0.75, 1);
  });
});

it("full tuning reads probabilities, not the label, where an example has them", async () => {
  const [claims, dev] = [toyClaims(8, 1), toyClaims(4, 2)];
  const encoder = toyCheckpoint("tiny-bert");
  const classes = ["True", "False"];
  const predictAfter = async (train: readonly TrainingExample[]) => {
    const options = {
      encoder,
      tune: "full",
      classWeights: "none",
      dev,
      classes,
      epochs: 1,
    } as const;
    return (await trainClassifier(train, options)).predict(dev);
  };
  const swapped = await predictAfter(claims.map((one) => ({ ...one, label: 1 - one.label })));
  const soft = claims.map((one) => ({ ...one, target: [one.label, 1 - one.label] }));
  expect(await predictAfter(soft)).toEqual(swapped);
  expect(await predictAfter(claims)).not.toEqual(swapped);
});

describe("--labels soft", () => {
  it("trains on the fractions of readable answers, or letters' probabilities, and on the most probable label", async () => {
    const { train } = await loadTrainingData(await write(), deps);
    expect(toLabels(train)).toEqual([
      [0, [1, 0]],
      [0, [2 / 3, 1 / 3]],
      [1, [0, 1]],
      // Nothing is readable, or tied: its own label.
      [1, undefined],
      [1, [0.25, 0.75]],
      [1, [0.5, 0.5]],
    ]);
  });

  it("takes the file of a creation too, or the first of it", async () => {
    const path = join(toCreationFolder(await write()), "created.jsonl");
    const run = await planOne(`--created ${path} --labels soft --examples 2`);
    const { train } = await loadTrainingData(run, deps);
    expect(toLabels(train)).toEqual([
      [0, [1, 0]],
      [0, [2 / 3, 1 / 3]],
    ]);
  });

  it("answered exchanges labels for the most frequent answers, one being enough, and keeps tied and unreadable ones", async () => {
    const one = [...answers.slice(0, 5), { asked: 1, answers: [1, 0] }];
    const flags = "--setting tree --examples 6 --verify 1";
    const asked = await write(flags, toLineage(one));
    const exchange = (run: Run): Run => ({ ...run, flags: { ...run.flags, labels: "answered" } });
    const { train } = await loadTrainingData(exchange(asked), deps);
    expect(toLabels(train)).toEqual([0, 0, 1, 1, 1, 0].map((label) => [label, undefined]));
    const created = await loadTrainingData(asked, deps);
    expect(toLabels(created.train)).toEqual([0, 1, 0, 1, 0, 1].map((label) => [label, undefined]));
    const none = await write(flags, toJsonl(Array(6).fill({ request: 0 })));
    const refused = loadTrainingData(exchange(none), deps);
    await expect(refused).rejects.toThrow(
      /^--labels answered: expected 1 answer at least .* got 0 \(/,
    );
  });

  it("counts probabilities among what a training is made of", async () => {
    const [example] = makeExamples("created", 1) as [TrainingExample];
    const hashes = [[0.9, 0.1], [0.8, 0.2], undefined].map((target) =>
      hashExamples([soften(example, target)]),
    );
    expect(new Set(hashes).size).toBe(3);
    expect(hashes[2]).toBe(hashExamples([example]));
  });

  it("is refused where answers are too few, or changed", async () => {
    const few = [...answers.slice(0, 5), { asked: 2, answers: [2, 0] }];
    await expect(loadTrainingData(await write(line, toLineage(few)), deps)).rejects.toThrow(
      /^--labels soft: expected 3 answers at least .* got 2 \(.*lineage.jsonl, line 6\)$/,
    );
    const none = toJsonl(Array(6).fill({ request: 0 }));
    await expect(loadTrainingData(await write(line, none), deps)).rejects.toThrow("got 0 (");
    const changed = await write();
    appendFileSync(join(toCreationFolder(changed), "lineage.jsonl"), "{}\n");
    await expect(loadTrainingData(changed, deps)).rejects.toThrow("as its creation wrote it");
    await expect(loadTrainingData(await write(line, ""), deps)).rejects.toThrow(
      /^--labels soft: expected .*lineage.jsonl, which holds the answers/,
    );
  });

  it("is refused for a file that is no creation's", async () => {
    const folder = makeData();
    const path = join(folder, "yesno_close/creak/train.jsonl");
    const run = await planOne(`--created ${path} --labels soft`, folder);
    await expect(loadTrainingData(run, deps)).rejects.toThrow(
      `--labels soft: expected the created.jsonl of a creation, with its manifest.json and lineage.jsonl beside it, got ${path}`,
    );
  });
});
