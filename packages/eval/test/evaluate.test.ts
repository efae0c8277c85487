import { type Example, ExpectedError } from "@seedling/core/internal";
import { trainClassifier } from "@seedling/trainer";
import { describe, expect, it } from "vitest";
import { evaluate } from "../src/index.ts";

/** A classifier that gives each example the probabilities of a list, and chooses the first largest. */
function answering(...rows: number[][]) {
  return {
    predictOptions: async (examples: readonly unknown[]) =>
      examples.map((_, row) => {
        const probabilities = rows[row] ?? [];
        return { label: probabilities.indexOf(Math.max(...probabilities)), probabilities };
      }),
  };
}

function toExample(label: number, options = ["True", "False"]): Example {
  return { question: "Is tea a drink?", context: null, options, label };
}

describe("evaluate", () => {
  it("gives each example's answer, and accuracy with its interval and its relatives", async () => {
    const examples = [0, 0, 0, 1].map((label) => toExample(label));
    const classifier = answering([0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6]);
    const { items, interval, ...numbers } = await evaluate(classifier, examples);
    expect(items[2]).toEqual({
      split: "test",
      row: 2,
      gold: "True",
      predicted: "False",
      probabilities: [0.2, 0.8],
      right: false,
    });
    expect(items.map(({ right }) => right)).toEqual([true, true, false, true]);
    // F1 of True 2 x 2 / (3 + 2), of False 2 x 1 / (1 + 2); recall 2/3 and 1; gaps 0.1, 0.3, 0.8, 0.4 in four bins.
    expect(numbers.correct).toBe(3);
    expect(numbers.accuracy).toBe(0.75);
    // Three of the four are True.
    expect(numbers).toMatchObject({ bestConstant: 0.75, chance: null });
    expect(numbers.macroF1).toBeCloseTo((0.8 + 2 / 3) / 2, 12);
    expect(numbers.balancedAccuracy).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(numbers.matthews).toBeCloseTo(2 / Math.sqrt(12), 12);
    expect(numbers.calibrationError).toBeCloseTo((0.1 + 0.3 + 0.8 + 0.4) / 4, 12);
    // Wilson: centre (0.75 + 3.841459/8) / (1 + 3.841459/4), half as in Brown, Cai and DasGupta (2001).
    expect(interval.low).toBeCloseTo(0.300642, 5);
    expect(interval.high).toBeCloseTo(0.954413, 5);
  });

  it("compares with what was trained on, and with the constant answer", async () => {
    const examples = [0, 0, 0, 1].map((label) => toExample(label));
    const classifier = answering(...examples.map(() => [0.9, 0.1]));
    const trained = [toExample(1), { ...toExample(1), question: "Do whales have lungs at all?" }];
    expect(await evaluate(classifier, examples, { trained })).toMatchObject({
      bestConstant: 0.75,
      constantAnswer: "True",
      // Always False, right once.
      trainMajority: 0.25,
      beatsConstant: false,
      constantP: 1,
      sameAnswer: true,
      inTrained: 4,
    });
    expect(await evaluate(classifier, examples)).toMatchObject({
      trainMajority: null,
      inTrained: null,
    });
  });

  it.each([
    ["the gold option", 0, "cup", true],
    ["the same text at another index", 2, "cup", true],
    ["another option", 1, "mug", false],
  ])("is right by text: %s", async (_, chosen, predicted, right) => {
    const options = ["cup", "mug", "cup", "jar", "pot"];
    const probabilities = options.map((_, at) => (at === chosen ? 0.6 : 0.1));
    const { items } = await evaluate(answering(probabilities), [toExample(0, options)]);
    expect(items).toEqual([
      { split: "test", row: 0, gold: "cup", predicted, probabilities, right },
    ]);
  });

  it("has no numbers by class where each example has options of its own, in any order", async () => {
    const classifier = answering([1, 0], [1, 0]);
    const alike = [toExample(0, ["a", "b"]), toExample(0, ["b", "a"])];
    expect(await evaluate(classifier, alike)).toMatchObject({
      macroF1: 1,
      balancedAccuracy: 1,
      bestConstant: 0.5,
    });
    const apart = [toExample(0, ["a", "b"]), toExample(1, ["a", "c"])];
    expect(await evaluate(classifier, apart)).toMatchObject({
      accuracy: 0.5,
      macroF1: null,
      balancedAccuracy: null,
      matthews: null,
      bestConstant: null,
      chance: 0.5,
    });
    const wider = [toExample(0, ["a", "b"]), toExample(0, ["a", "b", "c", "d"])];
    expect(await evaluate(classifier, wider)).toMatchObject({ bestConstant: null, chance: 3 / 8 });
  });

  it("counts an item without an answer as wrong, and leaves it out of the calibration", async () => {
    const examples = [0, 0, 1].map((label) => toExample(label));
    const classifier = {
      predictOptions: async () => [
        { label: 0, probabilities: [0.9, 0.1] },
        { label: null, probabilities: [] },
        { label: 1, probabilities: [0.3, 0.7] },
      ],
    };
    const { items, ...numbers } = await evaluate(classifier, examples);
    expect(items[1]).toMatchObject({
      gold: "True",
      predicted: "",
      probabilities: [],
      right: false,
    });
    expect(numbers).toMatchObject({ correct: 2, accuracy: 2 / 3 });
    expect(numbers.calibrationError).toBeCloseTo((0.1 + 0.3) / 2, 12);
    // F1 of True 2 / (2 + 1), of False 1; no answer is no class.
    expect(numbers.macroF1).toBeCloseTo((2 / 3 + 1) / 2, 12);
  });

  it("passes on how far the classifier is, and what it refuses", async () => {
    const seen: number[][] = [];
    const classifier = {
      predictOptions: async (_: unknown, progress?: (done: number, total: number) => void) => {
        progress?.(1, 2);
        throw new ExpectedError("expected the options True, False");
      },
    };
    const onProgress = (...counts: number[]) => void seen.push(counts);
    await expect(evaluate(classifier, [toExample(0)], { onProgress })).rejects.toThrow(
      "expected the options",
    );
    expect(seen).toEqual([[1, 2]]);
  });

  it("needs an example, and an option where the classifier chose one", async () => {
    await expect(evaluate(answering(), [])).rejects.toThrow(RangeError);
    const beyond = { predictOptions: async () => [{ label: 5, probabilities: [1] }] };
    await expect(evaluate(beyond, [toExample(0)])).rejects.toThrow("no option 5 among 2");
  });

  it("takes a classifier that was just trained", async () => {
    const examples = ["good", "bad"].flatMap((word, label) =>
      ["film", "meal", "song", "game", "book", "play"].map((noun) => ({
        ...toExample(label),
        question: `The ${noun} was ${word}.`,
      })),
    );
    const classifier = await trainClassifier(examples, { seed: 1, dev: examples });
    const { accuracy, items } = await evaluate(classifier, examples);
    const [first] = await classifier.predict(examples);
    await classifier.dispose();
    expect(accuracy).toBe(1);
    expect(items).toHaveLength(12);
    expect(items[0]?.predicted).toBe(first?.label);
    expect(items[0]?.probabilities).toEqual(Object.values(first?.probabilities ?? {}));
  });
});
