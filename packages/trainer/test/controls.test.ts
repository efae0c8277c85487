import { createRandom, type Example } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { ablateInput } from "../src/data/example-texts.ts";
import { shuffleLabels } from "../src/data/training-data.ts";

const options = ["True", "False"];
const passage: Example = { question: "is it cold", context: "Ice.", options, label: 0 };

describe("an example as a classifier sees it", () => {
  it.each([
    ["full", passage],
    ["options", { question: "", context: null, options, label: 0 }],
    ["question", { question: "is it cold", context: null, options, label: 0 }],
  ] as const)("%s", (input, seen) => {
    expect(ablateInput(passage, input)).toEqual(seen);
    expect(passage.context).toBe("Ice.");
  });
});

describe("shuffled labels", () => {
  const yesNo = Array.from({ length: 40 }, (_, i): Example => {
    // A quarter of them true, and the options of every third one the other way round.
    const turned = i % 3 === 0;
    const label = (i % 4 === 0) === turned ? 1 : 0;
    return { ...passage, question: `q${i}`, options: turned ? ["False", "True"] : options, label };
  });
  const answers = (examples: readonly Example[]) =>
    examples.map((example) => example.options[example.label]);

  it("keep their counts and the examples, in the same order", () => {
    const shuffled = shuffleLabels(yesNo, "fixed", createRandom("labels", 1));
    expect([...answers(shuffled)].sort()).toEqual([...answers(yesNo)].sort());
    expect(answers(shuffled)).not.toEqual(answers(yesNo));
    expect(shuffled.map(({ question }) => question)).toEqual(yesNo.map(({ question }) => question));
  });

  it("are the seed's", () => {
    const of = (seed: number) =>
      answers(shuffleLabels(yesNo, "fixed", createRandom("labels", seed)));
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  it("are places where options vary, one of the options wherever their number differs", () => {
    const choices = Array.from({ length: 30 }, (_, i): Example => {
      const n = i % 2 === 0 ? 5 : 2;
      const texts = Array.from({ length: n }, (_, o) => `${i} ${o}`);
      return { question: `q${i}`, context: null, options: texts, label: n - 1 };
    });
    const shuffled = shuffleLabels(choices, "varying", createRandom("labels", 1));
    for (const { label, options } of shuffled) expect(options[label]).toBeDefined();
    expect(shuffled.map(({ label }) => label)).not.toEqual(choices.map(({ label }) => label));
  });
});
