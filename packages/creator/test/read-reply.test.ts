import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Completion } from "../src/ask/chat.ts";
import type { Shape } from "../src/read/candidate.ts";
import {
  isRejection,
  isWholeReply,
  type Reading,
  readWith,
  replyRules,
  withoutReasoning,
} from "../src/read/read-reply.ts";
import { reasons, type Switches } from "../src/read/rejections.ts";
import { hostileReplies } from "./hostile-replies.ts";
import { choice, closed, open, toSaid } from "./shapes.ts";

/** A reply's readings, each in a word: `question=answer`, or the reason with an exclamation mark. */
function read(text: string, shape: Shape = closed, rule: "salvage" | "strict" = "salvage") {
  return toWords(replyRules[rule](toSaid(text), shape, 2));
}

function toWords(readings: Reading[]): string[] {
  return readings.map((one) =>
    isRejection(one) ? `!${one.reason}` : `${one.question}=${one.answer}`,
  );
}

const object = (question: string, answer = "True") =>
  `{"Options": ["True", "False"], "Answer": "${answer}", "Question": "${question}"}`;
const fields = (question: string, more: object) =>
  JSON.stringify({ Options: ["True", "False"], Answer: "True", Question: question, ...more });
const a = object("a");
const b = object("b", "False");

const salvaged: [name: string, text: string, readings: string[]][] = [
  // What surrounds the objects
  ["an array", `[${a}, ${b}]`, ["a=True", "b=False"]],
  ["an array over lines", `[\n  ${a},\n  ${b}\n]`, ["a=True", "b=False"]],
  ["one object a line", `${a}\n${b}`, ["a=True", "b=False"]],
  ["blank lines between", `${a}\n\n${b}\n\n`, ["a=True", "b=False"]],
  ["a code fence", `\`\`\`json\n[${a}]\n\`\`\``, ["a=True"]],
  ["a code fence each", `\`\`\`\n${a}\n\`\`\`\n\`\`\`\n${b}\n\`\`\``, ["a=True", "b=False"]],
  ["an unclosed code fence", `\`\`\`json\n[${a}`, ["a=True"]],
  ["numbering", `1. ${a}\n2) ${b}`, ["a=True", "b=False"]],
  ["headings", `**Example 1:**\n${a}\n**Example 2:**\n${b}`, ["a=True", "b=False"]],
  ["prose before and after", `Sure! Here you are:\n${a}\nI hope this helps.`, ["a=True"]],
  ["braces in prose", `With the keys {Options, Answer}:\n${a}`, ["a=True"]],
  ["an open brace in prose", `A { opens each:\n${a}\n${b}`, ["a=True", "b=False"]],
  ["a wrapper", `{"examples": [${a}, ${b}]}`, ["a=True", "b=False"]],
  ["a wrapper in a wrapper", `{"data": {"examples": [${a}]}}`, ["a=True"]],
  ["objects by number", `{"1": ${a}, "2": ${b}}`, ["a=True", "b=False"]],
  ["arrays a thousand deep", `${"[".repeat(1000)}${a}${"]".repeat(1000)}`, ["a=True"]],
  ["strings among the objects", `["first", ${a}, "..."]`, ["a=True"]],
  ["an ellipsis", `[${a}, ...]`, ["a=True"]],
  ["no commas between", `[${a} ${b}]`, ["a=True", "b=False"]],
  ["two commas between", `[${a},, ${b}]`, ["a=True", "b=False"]],
  ["comments", `[${a}, // the next\n${b}]`, ["a=True", "b=False"]],
  ["Windows line ends", `[\r\n${a},\r\n${b}\r\n]`, ["a=True", "b=False"]],
  ["a byte order mark", `\uFEFF[${a}]`, ["a=True"]],
  ["double braces", `{${a}}`, ["a=True"]],
  [
    "another count than was asked for",
    `[${a}, ${b}, ${object("c")}]`,
    ["a=True", "b=False", "c=True"],
  ],

  // Objects that are broken
  ["a last object cut in its options", `[${a}, ${b.slice(0, 20)}`, ["a=True", "!wrong fields"]],
  ["a last object cut after its answer", `[${a}, ${b.slice(0, 45)}`, ["a=True", "!wrong fields"]],
  [
    "a last object cut inside its question",
    `[${a}, ${b.slice(0, -3)}`,
    ["a=True", "!wrong fields"],
  ],
  ["a last object cut after its question", `[${a}, ${b.slice(0, -1)}`, ["a=True", "b=False"]],
  [
    "a wrapper cut inside its last question",
    `{"examples": [${a}, ${b.slice(0, -3)}`,
    ["a=True", "!wrong fields"],
  ],
  ["a missing closing brace", `${a.slice(0, -1)}\n${b}`, ["a=True", "b=False"]],
  ["a missing closing brace before a comma", `[${a.slice(0, -1)},\n${b}]`, ["a=True", "b=False"]],
  ["a missing opening brace", `${a.slice(1)}\n${b}`, ["b=False"]],
  ["a missing bracket", `[${a.replace("]", "")}, ${b}]`, ["!wrong fields", "b=False"]],
  [
    "a missing quote within the options",
    `[${a.replace('e"]', "e]")}, ${b}]`,
    ["!wrong fields", "b=False"],
  ],
  ["a missing quote at the end", `[${a.replace('"}', "}")},\n${b}]`, ["a=True", "b=False"]],
  [
    "trailing commas",
    '[{"Options": ["True", "False",], "Answer": "True", "Question": "a",},]',
    ["a=True"],
  ],
  ["missing commas", '{"Options": ["True" "False"] "Answer": "True" "Question": "a"}', ["a=True"]],
  [
    "single quotes",
    "{'Options': ['True', 'False'], 'Answer': 'True', 'Question': 'it\\'s a'}",
    ["it's a=True"],
  ],
  [
    "single quotes and an apostrophe",
    "{'Options': ['True', 'False'], 'Answer': 'True', 'Question': \"it's a\"}",
    ["it's a=True"],
  ],
  ["curly quotes", "{“Options”: [“True”, “False”], “Answer”: “True”, “Question”: “a”}", ["a=True"]],
  [
    "no quotes round keys",
    '{Options: ["True", "False"], Answer: "True", Question: "a"}',
    ["a=True"],
  ],
  ["unescaped quotes", object('is "this" a'), ['is "this" a=True']],
  ["an unescaped quote at the start", object('"This" is a'), ['"This" is a=True']],
  ["a raw line feed in a string", object("is\nthis a"), ["is\nthis a=True"]],
  ["a raw tab in a string", object("is\tthis a"), ["is\tthis a=True"]],
  [
    "a raw line feed and braces in a string",
    `[${object("is\n{this} a")},\n${b}]`,
    ["!wrong fields", "b=False"],
  ],
  [
    "Python's constants",
    '{"Options": [True, False], "Answer": False, "Question": "a"}',
    ["a=False"],
  ],
  ["beyond repair", '{"Question": : : ]]"', ["!broken JSON"]],
  ["a string that holds JSON", JSON.stringify([a]), ["!broken JSON"]],

  // Reasoning
  ["reasoning with braces", `<think>maybe {"a": 1} or ${object("x")}</think>\n${a}`, ["a=True"]],
  ["reasoning without its opening tag", `maybe ${object("x")}</think>${a}`, ["a=True"]],
  ["reasoning that was cut", `<think>maybe ${object("x")}`, ["!no JSON"]],
  ["an answer, then reasoning that was cut", `${a}<think>maybe ${object("x")}`, ["a=True"]],
  [
    "reasoning in two parts",
    `<think>${object("x")}</think><think>${object("y")}</think>${a}`,
    ["a=True"],
  ],

  // Keys and values
  [
    "keys in lower case",
    a.toLowerCase().replaceAll("true", "True").replace("false", "False"),
    ["a=True"],
  ],
  ["keys in upper case with spaces", a.replace("Question", " QUESTION "), ["a=True"]],
  ["label instead of answer", a.replace("Answer", "label"), ["a=True"]],
  [
    "an answer that is null beside a label",
    fields("a", { Answer: null, label: "False" }),
    ["a=False"],
  ],
  ["booleans as answers", fields("a", { Answer: false }), ["a=False"]],
  ["booleans as options", fields("a", { Options: [true, false] }), ["a=True"]],
  ["extra keys", fields("a", { Explanation: "since", Id: 7 }), ["a=True"]],
  ["a context that was not asked for", fields("a", { Context: "c" }), ["a=True"]],
  ["spaces round values", fields(" a ", { Answer: " True\n" }), ["a=True"]],
  ["a number as a question", fields("", { Question: 12 }), ["12=True"]],
  ["escaped Unicode", object("caf\\u00e9 \\ud83c\\udf31"), ["café 🌱=True"]],
  ["raw Unicode", object("日本は\u2028島\u0085ですか"), ["日本は\u2028島\u0085ですか=True"]],
  ["a key twice: the last", `${a.slice(0, -1)}, "question": "z"}`, ["z=True"]],
  ["__proto__ as a key", `${a.slice(0, -1)}, "__proto__": {"x": 1}}`, ["a=True"]],

  // Rejections
  ["nothing", "", ["!no JSON"]],
  ["white space", " \n\t", ["!no JSON"]],
  ["prose alone", "I'm sorry, I can't do that.", ["!no JSON"]],
  ["braces alone", "{}{{}}", ["!no JSON"]],
  ["an empty string as a question", object("  "), ["!wrong fields"]],
  ["a missing question", '{"Options": ["True", "False"], "Answer": "True"}', ["!wrong fields"]],
  ["a missing answer", '{"Options": ["True", "False"], "Question": "a"}', ["!wrong fields"]],
  ["an answer that is null", fields("a", { Answer: null }), ["!wrong fields"]],
  ["a question that is an object", fields("", { Question: { text: "a" } }), ["!wrong fields"]],
  ["options in a string", fields("a", { Options: "True, False" }), ["!wrong fields"]],
  ["an option that is null", fields("a", { Options: ["True", null] }), ["!wrong fields"]],
  ["another object", '{"name": "a"}', ["!wrong fields"]],

  // Judged only later
  ["too many options", fields("a", { Options: ["True", "False", "Maybe"] }), ["a=True"]],
  ["no options", fields("a", { Options: [] }), ["a=True"]],
  ["an answer in another case", fields("a", { Answer: "true" }), ["a=true"]],
  ["an answer by number", fields("a", { Answer: 1 }), ["a=1"]],
  ["an answer that explains itself", fields("a", { Answer: "True, since a" }), ["a=True, since a"]],

  // Nesting
  ["five levels down", `{"a":{"b":{"c":{"d":{"e":[${a}]}}}}}`, ["!wrong fields"]],
  ["nesting without end", `${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}`, ["!wrong fields"]],
];

const openReplies: [name: string, text: string, readings: string[]][] = [
  ["a context", fields("a", { Context: "c" }), ["a=True"]],
  ["no context", fields("a", {}), ["!wrong fields"]],
  ["an empty context", fields("a", { Context: "" }), ["!wrong fields"]],
  [
    "a context that was cut",
    fields("a", { Context: "water is salt" }).slice(0, -4),
    ["!wrong fields"],
  ],
];

const three = (more: object) =>
  JSON.stringify({ Question: "a", Options: ["x", "y", "z"], Answer: "x", ...more });

const choiceReplies: [name: string, text: string, readings: string[]][] = [
  ["options of its own", three({}), ["a=x"]],
  ["numbers as options", three({ Options: [1, 2, 3], Answer: 2 }), ["a=2"]],
  ["a number in words as the answer", three({ Options: [1, 2, 3], Answer: "2" }), ["a=2"]],
  ["an option twice: its first place counts", three({ Options: ["y", "x", "x"] }), ["a=x"]],
  ["an answer by letter", three({ Answer: "A" }), ["a=A"]],
  ["options in an object", three({ Options: { A: "x", B: "y", C: "z" } }), ["!wrong fields"]],
  ["an answer that was cut", three({}).slice(0, -2), ["!wrong fields"]],
];

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
  ["a part without its fields throws all away", `${a}\n\n{"Question": "b"}`, ["!wrong fields"]],
  [
    "other options are judged later",
    `${a}\n\n${fields("b", { Options: ["Yes", "No"] })}`,
    ["a=True", "b=True"],
  ],
  ["another answer is judged later", `${object("b", "Maybe")}\n\n${a}`, ["b=Maybe", "a=True"]],
  ["reasoning is removed first", `<think>\n\n{}\n\n</think>${a}\n\n${b}`, ["a=True", "b=False"]],
];

describe("a salvaged reply", () => {
  it.each(salvaged)("%s", (_, text, readings) => {
    expect(read(text)).toEqual(readings);
  });

  it.each(openReplies)("of a task with passages: %s", (_, text, readings) => {
    expect(read(text, open)).toEqual(readings);
  });

  it.each(choiceReplies)("of a multiple-choice task: %s", (_, text, readings) => {
    expect(read(text, choice)).toEqual(readings);
  });

  it("keeps the context where there is one, and only there", () => {
    const text = fields("a", { Context: "c" });
    expect(replyRules.salvage(toSaid(text), open, 1)).toMatchObject([{ context: "c" }]);
    expect(replyRules.salvage(toSaid(text), closed, 1)).toMatchObject([{ context: null }]);
  });

  it("keeps what is whole in a long wrapper whose end was cut", () => {
    const objects = Array.from({ length: 120 }, (_, i) => object(`Is the number ${i} even?`));
    const text = `{"examples": [${objects.join(", ")}, ${b.slice(0, -3)}`;
    expect(text.length).toBeGreaterThan(8000);
    const readings = read(text);
    expect(readings.filter((one) => one.endsWith("=True"))).toHaveLength(120);
    expect(readings.at(-1)).toBe("!wrong fields");
  });

  it("reads each object by itself where the whole, mended, gives less that holds", () => {
    const stray = `{${fields("a", {})}, ${fields("b", { Answer: "Maybe" })}`;
    expect(read(stray)).toEqual(["a=True", "b=Maybe"]);
  });

  it("mends half a surrogate pair, which no server takes", () => {
    expect(read(object("a \\ud83c b \ud83c\udf31 \udf31"))).toEqual([
      "a \ufffd b \ud83c\udf31 \ufffd=True",
    ]);
  });
});

describe("a strict reply", () => {
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
    ["!wrong count"],
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

describe("any text", () => {
  // The test's own time limit is the assertion: what grows with the square takes hours.
  it.each(hostileReplies)("a megabyte of %s is read through", (_, toText) => {
    const text = toText(1 << 20);
    expect(text.length).toBeGreaterThan(900_000);
    for (const rule of ["salvage", "strict"] as const)
      expect(read(text, closed, rule).length).toBeGreaterThan(0);
  });

  const characters = fc.string({ unit: fc.constantFrom(..."{}[]\":,'\\\n`<>tTeQuOoA 1") });
  const words = fc
    .array(
      fc.constantFrom(
        a,
        b,
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "\n",
        "<think>",
        "</think>",
        "\\",
        "'",
        "```",
        "\u{1F331}",
        "\ud83c",
      ),
    )
    .map((parts) => parts.join(""));

  it("never throws, and says why for whatever it does not keep", () => {
    const shapes = fc.constantFrom(closed, open, choice);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), characters, words),
        shapes,
        (text, shape) => {
          for (const rule of [replyRules.salvage, replyRules.strict])
            for (const reading of rule(toSaid(text), shape, 2)) {
              if (isRejection(reading)) expect(reasons).toContain(reading.reason);
              else expect(reading.question).not.toBe("");
            }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("with one place changed still gives every example that it did not touch", () => {
    const objects = Array.from({ length: 5 }, (_, i) => object(`Is the number ${i} even?`));
    const reply = `[\n${objects.join(",\n")}\n]`;
    const change = fc.record({
      at: fc.nat(reply.length - 1),
      remove: fc.nat(3),
      insert: fc.constantFrom("", '"', "{", "}", "\n", "x", ",", "\\"),
    });
    fc.assert(
      fc.property(change, ({ at, remove, insert }) => {
        const kept = read(reply.slice(0, at) + insert + reply.slice(at + remove));
        const line = reply.slice(0, at).split("\n").length - 2;
        const lastLine = reply.slice(0, at + remove).split("\n").length - 2;
        for (let i = 0; i < 5; i++)
          if (i < line - 1 || i > lastLine + 1)
            expect(kept, `${i}`).toContain(`Is the number ${i} even?=True`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("withoutReasoning", () => {
  it("leaves a text without tags as it is", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/<\/?think>/.test(text)),
        (text) => {
          expect(withoutReasoning(text)).toBe(text);
        },
      ),
    );
  });
});
