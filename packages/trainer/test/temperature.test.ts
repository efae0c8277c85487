import { join } from "node:path";
import { createRandom } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { readFacts } from "../src/classifier/facts.ts";
import type { LabelledItem } from "../src/data/examples.ts";
import { argMax, softmax } from "../src/data/metrics.ts";
import { calibrate, fitTemperature, listConfidences } from "../src/data/temperature.ts";
import { loadClassifier, trainClassifier } from "../src/index.ts";
import { toyCheckpoint, toyChoices, toyClaims } from "./toy-student.ts";

/** Items whose labels are drawn from the softmax of their scores over a temperature: that is the right one. */
function draw(n: number, sizes: readonly number[], temperature: number) {
  const random = createRandom("scores", n);
  const scores = Array.from({ length: n }, (_, row) =>
    Array.from({ length: sizes[row % sizes.length] ?? 0 }, () => 2 * random.normal()),
  );
  const items = scores.map((own): LabelledItem => {
    let rest = random.next();
    const shares = softmax(own.map((x) => x / temperature));
    const label = shares.findIndex((share) => {
      rest -= share;
      return rest < 0;
    });
    return { label, right: own.map((_, at) => at === label) };
  });
  return { items, scores };
}

describe("a temperature", () => {
  it.each([
    ["too sure", 2.5, [4]],
    ["not sure enough", 0.4, [4]],
    ["of options that vary", 1.7, [2, 3, 5]],
    ["right as it is", 1, [3]],
  ])("is found where scores are %s", (_, temperature, sizes) => {
    const heldOut = draw(4000, sizes, temperature);
    const found = calibrate(heldOut);
    expect(found.temperature / temperature).toBeCloseTo(1, 1);
    expect(found.after).toBeLessThan(0.03);
    if (temperature !== 1) expect(found.before).toBeGreaterThan(0.08);
    const answers = (at: number) => heldOut.scores.map((own) => argMax(own.map((x) => x / at)));
    expect(answers(found.temperature)).toEqual(answers(1));
  });

  it("reads targets as it reads labels, and weights", () => {
    const { items, scores } = draw(60, [3], 1.5);
    const soft = items.map((item) => ({ ...item, target: item.right.map(Number) }));
    expect(fitTemperature({ items: soft, scores })).toBe(fitTemperature({ items, scores }));
    const twice = {
      items: [...items, ...items.slice(0, 20)],
      scores: [...scores, ...scores.slice(0, 20)],
    };
    const weighted = items.map((item, at) => ({ ...item, weight: at < 20 ? 2 : 1 }));
    expect(fitTemperature({ items: weighted, scores })).toBeCloseTo(fitTemperature(twice), 3);
  });

  it("does not make few right answers certain, nor says anything of one label", () => {
    const scores = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? [1, 0] : [0, 1]));
    const items = scores.map((own, at) => ({ label: at % 2, right: own.map((x) => x === 1) }));
    const temperature = fitTemperature({ items, scores });
    // By hand: 8 log(1 + exp(-1 / T)) + log(T)^2 / 2 is least there.
    const loss = (t: number) => 8 * Math.log1p(Math.exp(-1 / t)) + Math.log(t) ** 2 / 2;
    expect(temperature).toBeGreaterThan(0.3);
    for (const other of [0.97, 1.03])
      expect(loss(temperature)).toBeLessThan(loss(temperature * other));
    const { confidence, right } = listConfidences({ items, scores }, temperature);
    expect(confidence[0]).toBeCloseTo(1 / (1 + Math.exp(-1 / temperature)), 9);
    expect(right).toEqual(Array(8).fill(true));
    const one = items.map((item) => ({ ...item, label: 0 }));
    expect(fitTemperature({ items: one, scores })).toBe(1);
  });
});

const claims = toyClaims(40, 1);
const bagged = { encoder: "bag-of-words", seed: 1, epochs: 2 } as const;

describe("a classifier's temperature", () => {
  it.each([
    ["a linear head, by folds", claims, bagged],
    ["an MLP, by a tenth", claims, { ...bagged, head: "mlp" }],
    ["a full tuning, by dev", claims, { tune: "full", epochs: 1, dev: toyClaims(12, 2) }],
    ["a choice, by a tenth", toyChoices(30), { runtime: "tfjs" }],
  ] as const)(
    "of %s divides its scores, is saved and loaded, and changes no label",
    async (_, train, given) => {
      const options = { encoder: toyCheckpoint("tiny-bert"), ...given };
      const plain = await trainClassifier(train, { ...options, calibration: "none" });
      const own = await trainClassifier(train, options);
      const { temperature = Number.NaN } = own.training.calibration ?? {};
      expect(temperature).not.toBe(1);
      expect(plain.training).not.toHaveProperty("calibration");
      const [before, after] = [await plain.predictOptions(train), await own.predictOptions(train)];
      expect(after.map(({ label }) => label)).toEqual(before.map(({ label }) => label));
      for (const [row, { probabilities }] of after.entries()) {
        const logs = (before[row]?.probabilities ?? []).map(
          (share) => Math.log(share) / temperature,
        );
        for (const [at, share] of softmax(logs).entries())
          expect(probabilities[at]).toBeCloseTo(share, 5);
      }
      const folder = join(tempFolder(), "classifier");
      await own.save(folder);
      expect(readFacts(folder)).toMatchObject({ temperature });
      const loaded = await loadClassifier(folder);
      expect(await loaded.predictOptions(train)).toEqual(after);
      await Promise.all([plain, own, loaded].map((one) => one.dispose()));
    },
  );
});
