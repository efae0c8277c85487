import { describe, expect, it } from "vitest";
import { a, b, fields, object, read, replyRules } from "./reading-words.ts";
import { choice, closed, open, toSaid } from "./shapes.ts";

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
  ["a missing quote within the options", `[${a.replace('e"]', "e]")}, ${b}]`, ["b=False"]],
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
  ["an answer in another case", fields("a", { Answer: "true" }), ["a=True"]],
  ["an answer by number", fields("a", { Answer: 1 }), ["a=1"]],
  ["an answer that explains itself", fields("a", { Answer: "True, since a" }), ["a=True, since a"]],

  // Nesting
  ["five levels down", `{"a":{"b":{"c":{"d":{"e":[${a}]}}}}}`, ["!wrong fields"]],
  ["nesting without end", `${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}`, ["!broken JSON"]],
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
  ["an answer by letter", three({ Answer: "A" }), ["a=x"]],
  ["options in an object", three({ Options: { A: "x", B: "y", C: "z" } }), ["a=x"]],
  ["an answer that was cut", three({}).slice(0, -2), ["!wrong fields"]],
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
