import { describe, expect, it } from "vitest";
import { canAnswer, type Form, isOfForm, renderForm } from "../src/data/form.ts";
import { formats } from "../src/data/tasks.ts";

const three: Form = {
  options: "fixed",
  optionCount: 3,
  labels: ["positive", "negative", 'so "so"'],
  context: false,
};

const toExample = (options: string[], context: string | null = null) => ({
  question: "q",
  context,
  options,
  label: 0,
});

it.each<[Form, string]>([
  [formats.yesno_open, '2 options ["True", "False"] and a context'],
  [formats.yesno_close, '2 options ["True", "False"]'],
  [formats.mcqa_5, "5 options"],
  [three, '3 options ["positive", "negative", "so \\"so\\""]'],
])("%j is in words %s", (form, words) => {
  expect(renderForm(form)).toBe(words);
});

describe("isOfForm", () => {
  it.each<[boolean, string[], string | null, Form]>([
    [true, ["True", "False"], "c", formats.yesno_open],
    [true, ["False", "True"], "c", formats.yesno_open],
    [true, ["True", "False"], "c", formats.yesno_close],
    [false, ["True", "False"], null, formats.yesno_open],
    [false, ["True", "True"], null, formats.yesno_close],
    [false, ["True", "False", "Maybe"], null, formats.yesno_close],
    [true, ['so "so"', "positive", "negative"], null, three],
    [false, ["positive", "negative", "Negative"], null, three],
    [false, ["positive", "negative"], null, three],
    [true, ["a", "a"], null, formats.mcqa_2],
    [false, ["a", "b", "c"], null, formats.mcqa_2],
  ])("says %s of the options %j with context %j", (fits, options, context, form) => {
    expect(isOfForm(toExample(options, context), form)).toBe(fits);
  });
});

describe("canAnswer", () => {
  it.each<[boolean, Form, Form]>([
    [true, formats.mcqa_2, formats.mcqa_5],
    [true, formats.yesno_open, formats.yesno_close],
    [true, three, { ...three, labels: ["negative", 'so "so"', "positive"] }],
    [false, formats.mcqa_2, formats.yesno_close],
    [false, three, formats.mcqa_5],
    [false, three, formats.yesno_close],
    [false, formats.yesno_close, three],
    [false, three, { ...three, labels: ["positive", "negative", "mixed"] }],
  ])("says %s, either way round", (can, one, other) => {
    expect([canAnswer(one, other), canAnswer(other, one)]).toEqual([can, can]);
  });
});
