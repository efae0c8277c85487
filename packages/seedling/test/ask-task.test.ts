import { type TaskFile, toRecord } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { askTask } from "../src/new-task.ts";

/** Answers questions from a list. @returns what was asked and said beside what came of it */
async function answer(...answers: string[]) {
  const asked: string[] = [];
  const said: string[] = [];
  const made = await askTask({
    async ask(question) {
      asked.push(question);
      return answers.shift() ?? expect.fail(`no answer to ${question}`);
    },
    log: (line) => void said.push(line),
  });
  expect(answers).toEqual([]);
  return { ...made, asked, said };
}

describe("askTask", () => {
  it("asks for labels once where they are the same for every example", async () => {
    const { task, example, said } = await answer(
      "fixed",
      "positive, negative,neutral",
      "praise",
      "",
      "neither, or both",
      "no",
      'It said "works".',
      "negative",
      "The sentiment of a review.",
    );
    expect(task).toEqual({
      options: ["positive", "negative", "neutral"],
      labels: { positive: "praise", negative: "", neutral: "neither, or both" },
      instruction: "The sentiment of a review.",
    } satisfies TaskFile);
    expect(toRecord(example)).toEqual({
      question: 'It said "works".',
      context: null,
      options: ["positive", "negative", "neutral"],
      label: "negative",
    });
    expect(said).toHaveLength(1);
  });

  it("asks for an example's own options one by one, since they may hold commas", async () => {
    const { task, example, asked } = await answer(
      "varying",
      "yes",
      "What floats?",
      "Wood is light.",
      "oak, ash",
      "iron",
      "",
      "oak, ash",
      "",
    );
    expect(task).toEqual({ options: "varying", instruction: null });
    expect(toRecord(example)).toEqual({
      question: "What floats?",
      context: "Wood is light.",
      options: ["oak, ash", "iron"],
      label: "oak, ash",
    });
    expect(asked.filter((question) => question.startsWith("Option "))).toEqual([
      "Option 1: ",
      "Option 2: ",
      "Option 3 (or nothing, if these are all): ",
    ]);
  });

  it("takes no answer as the usual one: the same labels, and no context", async () => {
    const { task, example } = await answer("", "a,b", "", "", "", "Q", "b", "");
    expect(task.options).toEqual(["a", "b"]);
    expect(toRecord(example)).toMatchObject({ question: "Q", context: null, label: "b" });
  });

  it("writes yes/no labels as the benchmarks do", async () => {
    const { example } = await answer("fixed", "True,False", "", "", "no", "Is it?", "False", "");
    expect(toRecord(example).label).toBe(false);
  });

  it("asks again until an answer can be read, saying what was expected", async () => {
    const { said } = await answer(
      ...["Fixed", "both", "fixed"],
      ...["", "one", "a,,b", "a, a", "a,b"],
      ...["", ""],
      ...["maybe", "no"],
      ...["", "Q"],
      ...["A", "c", "b"],
      "",
    );
    expect(said.filter((line) => line.startsWith("  expected"))).toEqual([
      '  expected fixed or varying, got "Fixed"',
      '  expected fixed or varying, got "both"',
      '  expected a value, got ""',
      '  expected two labels or more, such as positive, negative, neutral, got "one"',
      '  expected a value, got "a,,b"',
      '  expected two labels or more, such as positive, negative, neutral, got "a, a"',
      '  expected yes or no, got "maybe"',
      '  expected a value, got ""',
      '  expected a or b, got "A"',
      '  expected a or b, got "c"',
    ]);
  });

  it("takes no option twice, and two at least", async () => {
    const { said, example } = await answer("varying", "no", "Q", "a", "", "a", "b", "", "b", "");
    expect(example.options).toEqual(["a", "b"]);
    expect(said.slice(1)).toEqual([
      '  expected a text, got ""',
      '  expected another than ["a"], got "a"',
    ]);
  });
});
