import { describe, expect, it } from "vitest";
import { withoutReasoning } from "../src/reply/reasoning.ts";
import { a, b, object, read } from "./reading-words.ts";

const draft = object("x");
const inQuestion = (mark: string) => object(`What does ${mark} do?`);

/** Replies and what is read from them: nothing of a draft. */
const cases: [name: string, text: string, readings: string[]][] = [
  ["Mistral's brackets", `[THINK]maybe ${draft}[/THINK]${a}`, ["a=True"]],
  ["thinking", `<thinking>\n${draft}\n</thinking>\n${a}`, ["a=True"]],
  ["thought", `<thought>${draft}</thought>${a}`, ["a=True"]],
  ["thoughts in capitals", `<Thoughts>${draft}</Thoughts>${a}`, ["a=True"]],
  ["reasoning", `<reasoning>${draft}</reasoning>${a}`, ["a=True"]],
  ["a name with a prefix", `<seed:think>${draft}</seed:think>${a}`, ["a=True"]],
  ["Kimi's triangles", `◁think▷${draft}◁/think▷${a}`, ["a=True"]],
  ["special tokens", `<|begin_of_thought|>${draft}<|end_of_thought|>${a}`, ["a=True"]],
  ["Cohere's tokens", `<|START_THINKING|>${draft}<|END_THINKING|>${a}`, ["a=True"]],
  [
    "harmony's channels",
    `<|channel|>analysis<|message|>${draft}<|end|><|start|>assistant<|channel|>final<|message|>${a}<|return|>`,
    ["a=True"],
  ],
  [
    "harmony's commentary and constraint",
    `<|channel|>analysis<|message|>${draft}<|end|><|channel|>commentary<|message|>${draft}<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>${a}`,
    ["a=True"],
  ],
  ["harmony without an answer", `<|channel|>analysis<|message|>${draft}`, ["!no JSON"]],
  ["harmony without its tokens", `analysisWe need ${draft}assistantfinal${a}`, ["a=True"]],
  ["an opening mark that is missing", `maybe ${draft}[/THINK]${a}`, ["a=True"]],
  ["thoughts that were cut", `[THINK]maybe ${draft}`, ["!no JSON"]],
  ["thoughts behind the answer", `${a}\n<thinking>${draft}`, ["a=True"]],
  ["a draft that was cut in a text", `<think>{"Question": "x</think>\n${a}`, ["a=True"]],
  ["a mark within thoughts", `<think>a "</think>" tag? ${draft}</think>${a}`, ["a=True"]],
  [
    "thoughts with apostrophes",
    `<think>it's {'a': 'b</think>\n[${a}, ${b}]`,
    ["a=True", "b=False"],
  ],

  // Marks in the answer's own texts
  [
    "an opening tag in a question",
    `[${a}, ${inQuestion("<think>")}, ${b}]`,
    ["a=True", "What does <think> do?=True", "b=False"],
  ],
  [
    "a closing tag in a question",
    `[${a},\n${inQuestion("</think>")},\n${b}]`,
    ["a=True", "What does </think> do?=True", "b=False"],
  ],
  [
    "a question in single quotes",
    `[{'Options': ['True', 'False'], 'Answer': 'True', 'Question': 'Is it <think>?'}, ${b}]`,
    ["Is it <think>?=True", "b=False"],
  ],
  [
    "a question on a line of its own",
    `<think>${draft}</think>{\n"Options": ["True", "False"],\n"Answer": "True",\n"Question": "Is it <think>x</think>?"\n}`,
    ["Is it <think>x</think>?=True"],
  ],
  ["small brackets", `${object("Is [think] a tag?")}`, ["Is [think] a tag?=True"]],

  // Placeholders
  ["dots", `[${object("...")}, ${a}]`, ["!wrong fields", "a=True"]],
  ["an ellipsis", object("…"), ["!wrong fields"]],
  ["a name in brackets", object("<question>"), ["!wrong fields"]],
  ["words in square brackets", object("[Your question here]"), ["!wrong fields"]],
  ["words alone", object("Your question here..."), ["!wrong fields"]],
  ["a schema's type", object("string"), ["!wrong fields"]],
  ["a number", object("Question 2"), ["!wrong fields"]],
  ["an emoji is a question", object("👍"), ["👍=True"]],
  ["dots at its end", object("Then they ..."), ["Then they ...=True"]],
  ["a question on questions", object("Is this a question?"), ["Is this a question?=True"]],
];

describe("thoughts and placeholders", () => {
  it.each(cases)("%s", (_, text, readings) => {
    expect(read(text)).toEqual(readings);
  });

  it.each([
    ["marks on one line", "<think>".repeat(4e4)],
    ["marks in texts", '{"<think>'.repeat(3e4)],
    ["marks in texts that end", '{"<think>",'.repeat(3e4)],
    ["quotes and spaces", `${'"'.repeat(1e5)}${" ".repeat(1e5)}`],
  ])("take a time linear in the length of %s", (_, text) => {
    expect(withoutReasoning(text).length).toBeLessThanOrEqual(text.length);
  });
});
