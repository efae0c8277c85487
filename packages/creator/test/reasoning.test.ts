import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutReasoning } from "../src/reply/reasoning.ts";
import { a, b, object, read, replyRules } from "./reading-words.ts";
import { closed, toSaid } from "./shapes.ts";

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
  ["Gemma's unused tokens", `<unused94>thought\n${draft}<unused95>${a}`, ["a=True"]],
  ["Gemma's channels", `<|channel>thought\n${draft}<channel|>${a}`, ["a=True"]],
  ["attributes", `<thinking type="x">${draft}</thinking>${a}`, ["a=True"]],
  ["spaces in tags", `< think >${draft}</ think >${a}`, ["a=True"]],
  ["Anthropic's tag", `<antThinking>${draft}</antThinking>${a}`, ["a=True"]],
  ["an analysis", `<analysis>${draft}</analysis>${a}`, ["a=True"]],
  ["a scratch pad", `<scratch_pad>${draft}</scratch_pad>${a}`, ["a=True"]],
  ["a scratchpad", `<scratchpad>${draft}</scratchpad>${a}`, ["a=True"]],
  ["a plan", `<plan>${draft}</plan>${a}`, ["a=True"]],
  ["a plan within thoughts that were cut", `<think><plan>x</plan>${draft}`, ["!no JSON"]],
  ["a plan in thoughts without their opening", `<plan>${draft}</think>${a}`, ["a=True"]],
  ["a process", `<thought_process>${draft}</thought_process>${a}`, ["a=True"]],
  ["a reason", `<reason>${draft}</reason>${a}`, ["a=True"]],
  ["reasoning without its opening", `${draft}</reasoning>${a}`, ["a=True"]],
  ["a chain of thought", `<chain_of_thought>${draft}</chain_of_thought>${a}`, ["a=True"]],
  ["reasoning in brackets", `[REASONING]${draft}[/REASONING]${a}`, ["a=True"]],
  ["a monologue", `<inner_monologue>${draft}</inner_monologue>${a}`, ["a=True"]],
  ["Apertus's tokens", `<|inner_prefix|>${draft}<|inner_suffix|>${a}`, ["a=True"]],
  [
    "details of reasoning",
    `<details type="reasoning" done="true"><summary>x</summary>${draft}</details>${a}`,
    ["a=True"],
  ],
  ["details of anything else", `<details>${a}</details>${b}`, ["a=True", "b=False"]],
  ["escaped tags", `&lt;think&gt;${draft}&lt;/think&gt;${a}`, ["a=True"]],
  [
    "Solar's tokens",
    `<|think|>${draft}<|end|><|begin|>assistant<|content|>${a}<|end|>`,
    ["a=True"],
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
  ["dots in brackets", object("[...]"), ["!wrong fields"]],
  ["dots in typographic quotes", object("“...”"), ["!wrong fields"]],
  ["a note", object("TODO"), ["!wrong fields"]],
  ["not available", object("N/A"), ["!wrong fields"]],
  ["null", object("null"), ["!wrong fields"]],
  ["crosses", object("xxx"), ["!wrong fields"]],
  ["and so on", object("etc."), ["!wrong fields"]],
  ["a review in brackets", object("[Your review text]"), ["!wrong fields"]],
  ["an order in brackets", object("<Insert a review>"), ["!wrong fields"]],
  ["double braces", object("{{question}}"), ["!wrong fields"]],
  ["an example question", object("Example question 1"), ["!wrong fields"]],
  ["Latin", object("Lorem ipsum dolor sit amet"), ["!wrong fields"]],
  ["a word that begins so", object("Nullify it"), ["Nullify it=True"]],
  ["brackets in a question", object("[Door slams] Who is it?"), ["[Door slams] Who is it?=True"]],
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

  it.each<[text: string, finishReason: string, reason: string, evidence: string]>([
    ["<think>hm", "length", "truncated", "all of it is reasoning: raise --max-tokens"],
    ["<think>hm</think>\n", "stop", "no JSON", "all of it is reasoning"],
    ["<think>hm</think> No.", "stop", "no JSON", "No."],
    ["", "stop", "no JSON", ""],
  ])("%j that ends with %s is %s", (text, finishReason, reason, evidence) => {
    expect(replyRules.salvage(toSaid(text, { finishReason }), closed, 2)).toEqual([
      { reason, field: "reply", evidence },
    ]);
  });

  it.each([
    ["tags and spaces", "< think ".repeat(4e4)],
    ["marks on one line", "<think>".repeat(4e4)],
    ["marks in texts", '{"<think>'.repeat(3e4)],
    ["marks in texts that end", '{"<think>",'.repeat(3e4)],
    ["quotes and spaces", `${'"'.repeat(1e5)}${" ".repeat(1e5)}<`],
  ])("take a time linear in the length of %s", (_, text) => {
    expect(withoutReasoning(text).length).toBeLessThanOrEqual(text.length);
  });

  it("leave a text without marks as it is", () => {
    const unit = fc.constantFrom(..."<>[]{}/|&◁▷\"'“”:,\\\n xT");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        expect(withoutReasoning(text)).toBe(text);
      }),
    );
  });
});
