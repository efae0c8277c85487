import { join } from "node:path";
import { type Example, mean } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { adviseShares, computeOffsets, measureImbalance } from "../src/data/shares.ts";
import { loadClassifier, type Prediction, trainClassifier } from "../src/index.ts";
import { toyCheckpoint, toyClaims } from "./toy-student.ts";

const classes = ["card", "fee", "lost"];
const of = (...counts: number[]): Example[] =>
  counts.flatMap((n, label) =>
    Array.from({ length: n }, (_, i) => ({
      question: `my ${classes[label]} ${i % 7}`,
      context: null,
      options: classes,
      label,
    })),
  );

describe("offsets", () => {
  const train = of(7, 2, 0);
  const dev = of(1, 1, 4);
  // Smoothed: train 8, 3, 1 of 12; dev 2, 2, 5 of 9.
  const centred = (...odds: number[]) => {
    const logs = odds.map(Math.log);
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    return logs.map((log) => expect.closeTo(log - mean, 9));
  };
  test.each([
    ["train", "balanced", centred(8, 3, 1)],
    ["dev", "balanced", centred(2, 2, 5)],
    ["train", "none", centred(1, 1, 1)],
    ["dev", "none", centred(2 / 8, 2 / 3, 5)],
    // Of nine examples 0.5 are 4.5: 5.5, 3.25, 3.25 of 12.
    [[0.5, 0.25, 0.25], "balanced", centred(5.5, 3.25, 3.25)],
  ] as const)("%j, weights %s", (shares, classWeights, offsets) => {
    expect(computeOffsets(shares, { classes, train, dev, classWeights })).toEqual(offsets);
  });

  test("of folds, which hold no dev out, are those of train", () => {
    const held = { classes, train, dev: [], classWeights: "balanced" } as const;
    expect(computeOffsets("dev", held)).toEqual(computeOffsets("train", held));
  });
});

const odds = (probabilities: Record<string, number>) =>
  Math.log((probabilities.card ?? 0) / (probabilities.lost ?? 0));

test.each([["linear"], ["mlp"]] as const)(
  "a %s head's log-odds are moved, and stay so where it is saved and loaded",
  async (head) => {
    const train = of(8, 4, 4);
    const calibration = "none" as const;
    const options = { encoder: "bag-of-words", head, dev: train, seed: 1, epochs: 2, calibration };
    const plain = await trainClassifier(train, options);
    const moved = await trainClassifier(train, {
      ...options,
      shares: "card=0.9,fee=0.05,lost=0.05",
    });
    const [before, after] = await Promise.all(
      [plain, moved].map(async (one) => (await one.predict("what is it")).probabilities),
    );
    // Of 16: 15.4 and 1.8 of 19.
    const wanted = Math.log(15.4 / 1.8);
    const found = await moved.predict(train);
    const right = found.filter(({ label }, i) => label === classes[train[i]?.label ?? 0]).length;
    expect(moved.training.accuracy).toBe(right / train.length);
    expect(odds(after ?? {}) - odds(before ?? {})).toBeCloseTo(wanted, 4);
    const folder = join(tempFolder(), "classifier");
    await moved.save(folder);
    const loaded = await loadClassifier(folder);
    expect((await loaded.predict("what is it")).probabilities).toEqual(after);
  },
);

test("a fully tuned classifier's are moved too, and what it is on dev is found again", async () => {
  const [train, dev] = [toyClaims(12, 1), toyClaims(6, 2)];
  const encoder = toyCheckpoint("tiny-bert");
  const options = {
    encoder,
    tune: "full",
    dev,
    seed: 1,
    epochs: 1,
    calibration: "none",
  } as const;
  const plain = await trainClassifier(train, options);
  const moved = await trainClassifier(train, { ...options, shares: "True=1,False=0" });
  const [before, after] = await Promise.all([plain, moved].map((one) => one.predict(dev)));
  const toOdds = ({ probabilities: { True = 0, False = 0 } }: Prediction) => Math.log(True / False);
  // Of 12: 13 and 1 of 14, where each had 1/2.
  for (const [i, one] of after?.entries() ?? [])
    expect(toOdds(one) - toOdds(before?.[i] as Prediction)).toBeCloseTo(Math.log(13), 4);
  const losses = after?.map(({ probabilities }, i) => {
    return -Math.log(probabilities[dev[i]?.label === 0 ? "True" : "False"] ?? 0);
  });
  expect(moved.training.loss).toBeCloseTo(mean(losses ?? []), 5);
  expect(moved.training).toMatchObject({ accuracy: 0.5, collapsed: true });
  const folder = join(tempFolder(), "classifier");
  await moved.save(folder);
  expect(await (await loadClassifier(folder)).predict(dev)).toEqual(after);
});

test("options that vary have no shares", async () => {
  const varying = of(3, 3, 3).map((one, i) => ({ ...one, options: [`${i}`, "b", "c"] }));
  await expect(trainClassifier(varying, { shares: "train" })).rejects.toThrow(
    "shares: expected the same options for every example",
  );
});

test.each([
  [[50, 50], 0, null],
  [[64, 36], 0.14, null],
  [[65, 35], 0.15, /^the labels of the train split are far from equal \(65 % are "0"; 15 of 100/],
  [[70, 10, 10, 10], 0.45, /--shares train fits it/],
] as const)("people's labels %j: %f would need another", (counts, part, words) => {
  expect(measureImbalance(counts)).toBeCloseTo(part, 9);
  const advice = adviseShares("train", Object.fromEntries(counts.entries()));
  if (words === null) expect(advice).toBe(null);
  else expect(advice).toMatch(words);
});
