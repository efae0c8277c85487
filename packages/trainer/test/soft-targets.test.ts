import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type Run, toCreationFolder, toJsonl } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import type { TrainingExample } from "../src/data/examples.ts";
import { soften } from "../src/data/soft-targets.ts";
import { hashExamples, loadTrainingData } from "../src/data/training-data.ts";
import { deps, makeData, makeExamples, planOne, writeCreation } from "./creations.ts";

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
