import { describe, expect, it } from "vitest";
import type { Completion } from "../src/llm/chat.ts";
import type { Switches } from "../src/reply/candidate.ts";
import { isRejection, isWholeReply } from "../src/reply/candidate.ts";
import { a, b, fields, object, read, readWith, replyRules, toWords } from "./reading-words.ts";
import { closed, open, toSaid } from "./shapes.ts";

const strictReplies: [name: string, text: string, readings: string[]][] = [
  ["exactly as many parts as asked for", `${a}\n\n${b}`, ["a=True", "b=False"]],
  ["space around", `\n\n${a}\n\n${b}\n`, ["a=True", "b=False"]],
  ["a missing closing brace", `${a.slice(0, -1)}\n\n${b}`, ["a=True", "b=False"]],
  ["a missing opening brace", `${a.slice(1)}\n\n${b}`, ["a=True", "b=False"]],
  ["both braces missing", `${a.slice(1, -1)}\n\n${b}`, ["a=True", "b=False"]],
  ["one part too few", a, ["!wrong count"]],
  ["one part too many", `${a}\n\n${b}\n\n${a}`, ["!wrong count"]],
  ["one object a line", `${a}\n${b}`, ["!wrong count"]],
  ["an array", `[${a}, ${b}]`, ["!wrong count"]],
  ["nothing", "", ["!wrong count"]],
  ["three line feeds", `${a}\n\n\n${b}`, ["a=True", "b=False"]],
  ["a code fence", `\`\`\`json\n${a}\n\n${b}\n\`\`\``, ["!broken JSON"]],
  ["numbering", `1. ${a}\n\n2. ${b}`, ["!broken JSON"]],
  ["a broken part throws all away", `${a}\n\n{"Question": }`, ["!broken JSON"]],
  ["each part is judged alone", `${a}\n\n{"Question": "b"}`, ["a=True", "!wrong fields"]],
  ["a first part without its fields", `{"Question": "b"}\n\n${a}`, ["!wrong fields", "a=True"]],
  ["an empty question", `${object("")}\n\n${a}`, ["!wrong fields", "a=True"]],
  ["a missing answer", `${a}\n\n{"Question": "b", "Options": ["x"]}`, ["a=True", "!wrong fields"]],
  [
    "options as an object",
    `${fields("b", { Options: { A: "True", B: "False" } })}\n\n${a}`,
    ["!wrong fields", "a=True"],
  ],
  [
    "an answer that is an object",
    `${fields("b", { Answer: {} })}\n\n${a}`,
    ["!wrong fields", "a=True"],
  ],
  ["braces alone", `{}\n\n${a}`, ["!wrong fields", "a=True"]],
  ["a part that is not JSON, then one without its fields", `nothing\n\n{}`, ["!broken JSON"]],
  ["thoughts in other marks are not removed", `[THINK]x[/THINK]${a}\n\n${b}`, ["!broken JSON"]],
  ["backslashes are not mended", `${object("\\\\d")}\n\n${object("\\d")}`, ["!broken JSON"]],
  [
    "other options are judged later",
    `${a}\n\n${fields("b", { Options: ["Yes", "No"] })}`,
    ["a=True", "b=True"],
  ],
  ["another answer is judged later", `${object("b", "Maybe")}\n\n${a}`, ["b=Maybe", "a=True"]],
  ["reasoning is removed first", `<think>\n\n{}\n\n</think>${a}\n\n${b}`, ["a=True", "b=False"]],
];

const strictContexts: [name: string, more: object, context: string | null][] = [
  ["a context", { Context: "c" }, "c"],
  ["a missing context", {}, null],
  ["a context that is null", { Context: null }, null],
  ["an empty context", { Context: "" }, null],
];

describe("a strict reply", () => {
  it.each(strictContexts)("keeps an example with %s, as the original", (_, more, context) => {
    const text = `${fields("a", more)}\n\n${fields("b", { Context: "d" })}`;
    expect(replyRules.strict(toSaid(text), open, 2)).toMatchObject([
      { question: "a", context },
      { question: "b", context: "d" },
    ]);
  });

  it.each(strictReplies)("%s", (_, text, readings) => {
    expect(read(text, closed, "strict")).toEqual(readings);
  });
});

const said = "I can't.";
const noSwitches: Switches = { reject: null, allow: null };
const dropsCut: Switches = { reject: ["truncated"], allow: null };
const allowsRefusal: Switches = { reject: null, allow: ["refusal"] };
const half = b.slice(0, -3);

const replies: [
  name: string,
  completion: Partial<Completion>,
  salvage: string[],
  strict: string[],
  switches?: Switches,
][] = [
  ["refused", { refusal: said }, ["!refusal"], ["!refusal"]],
  ["refused beside a text", { refusal: said, text: a }, ["!refusal"], ["!refusal"]],
  [
    "refused beside a text, allowed",
    { refusal: said, text: `${a}\n\n${b}` },
    ["a=True", "b=False"],
    ["a=True", "b=False"],
    allowsRefusal,
  ],
  ["refused and empty, allowed", { refusal: said }, ["!refusal"], ["!refusal"], allowsRefusal],
  [
    "cut in its last object",
    { finishReason: "length", text: `${a}\n\n${half}` },
    ["a=True", "!truncated"],
    ["!truncated"],
  ],
  [
    "cut where its last object is beyond mending",
    { finishReason: "length", text: `${a}\n\n{"Question": : ` },
    ["a=True", "!truncated"],
    ["!truncated"],
  ],
  [
    "cut before any JSON",
    { finishReason: "length", text: "<think>Let me" },
    ["!truncated"],
    ["!truncated"],
  ],
  [
    "cut between two objects",
    { finishReason: "length", text: `${a}\n\n${b}` },
    ["a=True", "b=False"],
    ["a=True", "b=False"],
  ],
  [
    "cut, and broken before that",
    { finishReason: "length", text: `{"Question": : : ]]"\n\n${a}` },
    ["!broken JSON", "a=True"],
    ["!broken JSON"],
  ],
  [
    "not cut, and broken at its end",
    { text: `${a}\n\n${half}` },
    ["a=True", "!wrong fields"],
    ["!broken JSON"],
  ],
  [
    "cut, which is rejected",
    { finishReason: "length", text: `${a}\n\n${b}` },
    ["!truncated"],
    ["!truncated"],
    dropsCut,
  ],
  [
    "whole where cuts are rejected",
    { text: `${a}\n\n${b}` },
    ["a=True", "b=False"],
    ["a=True", "b=False"],
    dropsCut,
  ],
];

describe("a reply", () => {
  it.each(replies)("that was %s", (_, completion, salvage, strict, switches = noSwitches) => {
    const readBy = (rule: "salvage" | "strict") =>
      toWords(readWith(rule, switches)(toSaid("", completion), closed, 2));
    expect(readBy("salvage")).toEqual(salvage);
    expect(readBy("strict")).toEqual(strict);
  });

  const inWrapper = `{"examples": [${a}, {"Question": "b", "Options": "all"}]}`;
  const rejections: [name: string, completion: Partial<Completion>, rejection: object][] = [
    ["a refusal", { refusal: said }, { reason: "refusal", field: "reply", evidence: said }],
    ["no JSON", { text: " No. " }, { reason: "no JSON", field: "reply", evidence: "No." }],
    [
      "broken JSON",
      { text: '{"Question": : : ]]"' },
      {
        reason: "broken JSON",
        field: "reply",
        evidence: '{"Question": : : ]]"',
        candidate: '{"Question": : : ]]"',
      },
    ],
    [
      "a missing field, in the model's own words",
      { text: '{ "question" : "a"}' },
      {
        reason: "wrong fields",
        field: "options",
        evidence: "options among question",
        candidate: '{ "question" : "a"}',
      },
    ],
    [
      "a missing field in a wrapper, without the wrapper",
      { text: inWrapper },
      {
        reason: "wrong fields",
        field: "options",
        evidence: "options among question, options",
        candidate: '{"Question":"b","Options":"all"}',
      },
    ],
    [
      "a cut",
      { text: `${a}\n${half}`, finishReason: "length" },
      {
        reason: "truncated",
        field: "question",
        evidence: "question among options, answer",
        candidate: half,
      },
    ],
  ];

  it.each(rejections)("says where and from what it saw %s", (_, completion, rejection) => {
    const readings = replyRules.salvage(toSaid("", completion), closed, 2);
    expect(readings.filter(isRejection)).toEqual([rejection]);
  });

  it("tells what is a candidate from what is a whole reply", () => {
    const isWhole = (completion: Partial<Completion>, switches = noSwitches) =>
      readWith("salvage", switches)(toSaid("", completion), closed, 2)
        .filter(isRejection)
        .map(isWholeReply);
    expect(isWhole({ refusal: said })).toEqual([true]);
    expect(isWhole({ text: "No." })).toEqual([true]);
    expect(isWhole({ text: "No.", finishReason: "length" })).toEqual([true]);
    expect(isWhole({ text: a, finishReason: "length" }, dropsCut)).toEqual([true]);
    expect(isWhole({ text: `${a}\n${half}`, finishReason: "length" })).toEqual([false]);
    expect(isWhole({ text: `{"Question": : : ]]"\n{"Question": "a"}` })).toEqual([false, false]);
    expect(replyRules.strict(toSaid(a), closed, 2).filter(isRejection).map(isWholeReply)).toEqual([
      true,
    ]);
  });

  it("is quoted in a line's length, a candidate in 2,000 letters", () => {
    const [reply] = replyRules.salvage(toSaid("x".repeat(1e5)), closed, 1);
    expect(reply).toEqual({ reason: "no JSON", field: "reply", evidence: "x".repeat(200) });
    const long = `{"Question": : "${"x".repeat(1e5)}"}`;
    expect(replyRules.salvage(toSaid(long), closed, 1)).toEqual([
      {
        reason: "broken JSON",
        field: "reply",
        evidence: long.slice(0, 200),
        candidate: long.slice(0, 2000),
      },
    ]);
  });
});
