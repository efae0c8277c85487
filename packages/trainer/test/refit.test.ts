import { join } from "node:path";
import { createRandom, type Example, mean } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { openRefit, trainClassifier } from "../src/index.ts";

const encoder = join(import.meta.dirname, "fixtures/encoders/bge-small");
const classes = ["animal", "plant"];
const words = [
  "dog cat cow wolf horse mouse".split(" "),
  "oak rose fern tulip moss birch".split(" "),
];
const random = createRandom("examples");
const fixed = Array.from({ length: 40 }, (_, i): Example => {
  const label = i % 2;
  const word = random.pick(words[random.next() < 0.9 ? label : 1 - label] as string[]);
  // Options may stand in another order.
  const options = i % 5 === 0 ? [...classes].reverse() : classes;
  const question = `What is a ${word} number ${i}?`;
  return { question, context: null, options, label: options.indexOf(classes[label] as string) };
});
const varying = fixed.map((one, i): Example => {
  return { ...one, options: [`a ${words[0]?.[i % 6]}`, `a ${words[1]?.[i % 5]}`, "a stone"] };
});

it.each([
  ["the same options", fixed, classes],
  ["options that vary", varying, null],
])(
  "%s: judges each example as a training judges it on folds, alone or after others",
  async (_, examples, names) => {
    const { refit, judge, close } = await openRefit({
      encoder,
      classes: names,
      seed: 3,
      vectorCache: tempFolder(),
    });
    const other = await openRefit({ encoder, classes: names, seed: 3 });
    try {
      await refit(examples.slice(0, 20));
      const answers = await refit(examples);
      expect(answers).toEqual(await other.refit(examples));
      expect(answers.confidence).toHaveLength(40);
      for (const one of answers.confidence) expect(one).toBeGreaterThanOrEqual(1 / 3);
      // Of those that it is fitted to, too, it is surer than on folds.
      const known = await judge(examples.slice(0, 30), examples);
      expect(known).toEqual(await other.judge(examples.slice(0, 30), examples));
      expect(mean(known.slice(0, 30))).toBeGreaterThan(mean(known.slice(30)));
      const classifier = await trainClassifier(examples, {
        ...{ encoder, classes: names, seed: 3, dev: "folds", penalty: 0.003 },
        ...{ names: "off", classWeights: "none", calibration: "none" },
      });
      const { accuracy } = classifier.training;
      await classifier.dispose();
      expect(mean(answers.right.map(Number))).toBe(accuracy);
      expect(accuracy).toBeGreaterThan(names ? 0.5 : 0);
    } finally {
      await close();
      await other.close();
    }
  },
);

it("an encoder that is not there is an error before there is an example", async () => {
  const open = openRefit({ encoder: "/nowhere/encoder", classes });
  await expect(open).rejects.toThrow("encoder /nowhere/encoder: no such folder");
});
