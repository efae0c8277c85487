import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Shape } from "../src/read/candidate.ts";
import { isRejection, replyRules, withoutReasoning } from "../src/read/read-reply.ts";
import { reasons } from "../src/read/rejections.ts";
import { choice, closed, open, toSaid } from "./shapes.ts";

/** A reply's readings, each in a word: `question=answer`, or the reason with an exclamation mark. */
function read(text: string, shape: Shape = closed, rule: "salvage" | "strict" = "salvage") {
  return replyRules[rule](toSaid(text), shape, 2).map((one) =>
    isRejection(one) ? `!${one.reason}` : `${one.question}=${one.options[one.label]}`,
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
  [
    "too many options",
    fields("a", { Options: ["True", "False", "Maybe"] }),
    ["!wrong number of options"],
  ],
  ["no options", fields("a", { Options: [] }), ["!wrong number of options"]],
  ["other options", fields("a", { Options: ["Yes", "No"], Answer: "Yes" }), ["!options differ"]],
  ["options the other way round", fields("a", { Options: ["False", "True"] }), ["!options differ"]],
  ["an answer in another case", fields("a", { Answer: "true" }), ["!label not among options"]],
  ["an answer by number", fields("a", { Answer: 1 }), ["!label not among options"]],
  [
    "an answer that explains itself",
    fields("a", { Answer: "True, since a" }),
    ["!label not among options"],
  ],
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
  ["two options", three({ Options: ["x", "y"] }), ["!wrong number of options"]],
  ["an answer by letter", three({ Answer: "A" }), ["!label not among options"]],
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
    "other options drop their part alone",
    `${a}\n\n${fields("b", { Options: ["Yes", "No"] })}`,
    ["a=True", "!options differ"],
  ],
  [
    "more options drop their part alone",
    `${fields("b", { Options: ["True", "False", "Maybe"] })}\n\n${a}`,
    ["!wrong number of options", "a=True"],
  ],
  [
    "another answer drops its part alone",
    `${object("b", "Maybe")}\n\n${a}`,
    ["!label not among options", "a=True"],
  ],
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

  it("is one rejection where the model refused", () => {
    for (const rule of [replyRules.salvage, replyRules.strict])
      expect(rule(toSaid(a, { refusal: "I can't." }), closed, 1)).toMatchObject([
        { reason: "refusal", evidence: "I can't." },
      ]);
  });

  it("names what was rejected in a line's length", () => {
    const [reading] = replyRules.salvage(toSaid("x".repeat(1e5)), closed, 1);
    expect(reading).toEqual({ reason: "no JSON", evidence: "x".repeat(200) });
  });
});

describe("a strict reply", () => {
  it.each(strictReplies)("%s", (_, text, readings) => {
    expect(read(text, closed, "strict")).toEqual(readings);
  });
});

const megabyte = 1 << 20;
const junk: [name: string, unit: string][] = [
  ["open braces", "{"],
  ["closed braces", "{}"],
  ["braces and quotes", '{"'],
  ["keys without an end", '{"a" '],
  ["nested objects", '{"a":'],
  ["nested arrays", '{"a":['],
  ["quotes", '"'],
  ["letters", "x"],
  ["opening tags", "<think>"],
  ["closing tags", "</think>"],
  ["backslashes", '{"a": "\\'],
];

describe("any text", () => {
  // The test's own time limit is the assertion: what grows with the square takes hours.
  it.each(junk)("a megabyte of %s is read through", (_, unit) => {
    const text = unit.repeat(megabyte / unit.length);
    for (const rule of ["salvage", "strict"] as const)
      expect(read(text, closed, rule).every((one) => one.startsWith("!"))).toBe(true);
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
              else expect(reading.options[reading.label]).toBeTypeOf("string");
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
