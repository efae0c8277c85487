import { describe, expect, it } from "vitest";
import type { Shape } from "../src/prompt/prompt.ts";
import { isRejection } from "../src/reply/candidate.ts";
import { replyRules } from "./reading-words.ts";
import { choice, closed, open, toSaid } from "./shapes.ts";

const labels = ["positive", "negative", "neutral"];
const reviews: Shape = {
  formatting: { ...closed.formatting, options: labels, label: 0 },
  options: "fixed",
};
const lettered: Shape = {
  formatting: { ...choice.formatting, options: ["A. the sea", "B. the sky", "C. the moon"] },
  options: "varying",
};
const shapes = { closed, open, choice, reviews, lettered };

/** The options, the answer and the rules of the first candidate, or its reason. */
function readFirst(value: unknown, shape: keyof typeof shapes) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const [first] = replyRules.salvage(toSaid(text), shapes[shape], 1);
  if (!first) throw new Error("no reading");
  if (isRejection(first)) return `!${first.reason}`;
  return [first.options.join("|"), first.answer, ...(first.readBy ?? [])].join(" ; ");
}

const pick = (Options: unknown, Answer: unknown, more: object = {}) => ({
  Question: "a",
  Options,
  Answer,
  ...more,
});
const things = ["cork", "nail", "stone"];
const ofThings = (answer: string, ...rules: string[]) =>
  ["cork|nail|stone", answer, ...rules].join(" ; ");
const ofLabels = (answer: string, ...rules: string[]) =>
  [labels.join("|"), answer, ...rules].join(" ; ");

const cases: [what: string, shape: keyof typeof shapes, value: unknown, reading: string][] = [
  // Fixed labels
  ["the labels' order", "reviews", pick(labels, "negative"), ofLabels("negative")],
  [
    "another order",
    "reviews",
    pick(["neutral", "negative", "positive"], "neutral"),
    ofLabels("neutral", "read in another order"),
  ],
  [
    "two labels the other way round",
    "closed",
    pick(["False", "True"], "False"),
    "True|False ; False ; read in another order",
  ],
  [
    "booleans the other way round",
    "closed",
    pick([false, true], false),
    "True|False ; False ; read in another order",
  ],
  [
    "labels in other case",
    "reviews",
    pick(["Positive", "Negative", "Neutral"], "Negative"),
    ofLabels("negative", "read in other case"),
  ],
  [
    "letters in another order",
    "reviews",
    pick({ A: "neutral", B: "positive", C: "negative" }, "C"),
    ofLabels("negative", "read options from an object", "read by letter", "read in another order"),
  ],
  [
    "labels that carry letters",
    "reviews",
    pick(["A. positive", "B. negative", "C. neutral"], "B. negative"),
    ofLabels("negative", "read options without their letters", "read by letter"),
  ],
  [
    "a label twice",
    "reviews",
    pick(["positive", "positive", "negative"], "negative"),
    "positive|positive|negative ; negative",
  ],
  ["other labels", "closed", pick(["Right", "Wrong"], "Wrong"), "Right|Wrong ; Wrong"],
  [
    "Yes and No for True and False",
    "closed",
    pick(["Yes", "No"], "No"),
    "True|False ; False ; read Yes as True",
  ],
  [
    "T and F for True and False",
    "closed",
    pick(["F", "T"], "T"),
    "True|False ; True ; read Yes as True ; read in another order",
  ],
  [
    "Yes and No, the answer in the labels' words",
    "closed",
    pick(["Yes", "No"], "False"),
    "True|False ; False ; read Yes as True",
  ],
  [
    "a label too many",
    "closed",
    pick(["True", "False", "Maybe"], "True"),
    "True|False|Maybe ; True",
  ],

  // Letters
  ["a letter", "choice", pick(things, "B"), ofThings("nail", "read by letter")],
  ["a small letter", "choice", pick(things, "b"), ofThings("nail", "read by letter")],
  ["a letter and its text", "choice", pick(things, "B. nail"), ofThings("nail", "read by letter")],
  [
    "a letter, a bracket and its text",
    "choice",
    pick(things, "B) nail"),
    ofThings("nail", "read by letter"),
  ],
  [
    "a letter and its text in other case",
    "choice",
    pick(things, "B: Nail."),
    ofThings("nail", "read by letter"),
  ],
  ["a letter in brackets", "choice", pick(things, "(b)"), ofThings("nail", "read by letter")],
  [
    "a letter in square brackets",
    "choice",
    pick(things, "[C]"),
    ofThings("stone", "read by letter"),
  ],
  ["a letter and a full stop", "choice", pick(things, "C."), ofThings("stone", "read by letter")],
  ["a letter in bold", "choice", pick(things, "**B**"), ofThings("nail", "read by letter")],
  ["a word before it", "choice", pick(things, "Option B"), ofThings("nail", "read by letter")],
  [
    "a sentence before it",
    "choice",
    pick(things, "The correct answer is B."),
    ofThings("nail", "read by letter"),
  ],
  ["a letter beyond them", "choice", pick(things, "D"), ofThings("D")],
  ["a letter and another's text", "choice", pick(things, "B. cork"), ofThings("B. cork")],
  [
    "a letter and an explanation",
    "choice",
    pick(things, "B, since it sinks"),
    ofThings("B, since it sinks"),
  ],
  ["options that are letters", "choice", pick(["B", "C", "A"], "B"), "B|C|A ; B"],
  [
    "options that are small letters",
    "choice",
    pick(["b", "c", "a"], "B"),
    "b|c|a ; b ; read in other case",
  ],
  [
    "options that are other letters",
    "choice",
    pick(["x", "y", "z"], "B"),
    "x|y|z ; y ; read by letter",
  ],
  ["blood types", "choice", pick(["A", "AB", "O"], "B"), "A|AB|O ; B"],

  [
    "a letter behind its text",
    "choice",
    pick(things, "nail (B)"),
    ofThings("nail", "read by letter"),
  ],
  [
    "a letter before a text with brackets",
    "choice",
    pick(["tea", "nail (C)", "stone"], "B. nail (C)"),
    "tea|nail (C)|stone ; nail (C) ; read by letter",
  ],
  ["another's letter behind it", "choice", pick(things, "cork (B)"), ofThings("cork (B)")],
  [
    "a list with the answer",
    "choice",
    pick(things, ["nail"]),
    ofThings("nail", "read answer from a list or object"),
  ],
  ["a list of two answers", "choice", pick(things, ["nail", "cork"]), "!wrong fields"],
  [
    "an answer by letter in an object",
    "choice",
    pick(things, { B: "nail" }),
    ofThings("nail", "read answer from a list or object", "read by letter"),
  ],
  [
    "an answer with its label",
    "choice",
    pick(things, { label: "B", text: "nail" }),
    ofThings("nail", "read answer from a list or object", "read by letter"),
  ],
  [
    "another's letter in an object",
    "choice",
    pick(things, { A: "nail" }),
    ofThings("A. nail", "read answer from a list or object"),
  ],
  ["T", "closed", pick(["True", "False"], "T"), "True|False ; True ; read Yes as True"],
  ["f", "closed", pick(["True", "False"], "f"), "True|False ; False ; read Yes as True"],
  ["n among yes and no", "choice", pick(["Yes", "No"], "n"), "Yes|No ; No ; read Yes as True"],

  // Letters and numbers of the options
  [
    "options with labels and texts",
    "choice",
    pick(
      [
        { label: "A", text: "cork" },
        { label: "B", text: "nail" },
        { label: "C", text: "stone" },
      ],
      "C",
    ),
    ofThings("stone", "read options from an object", "read by letter"),
  ],
  [
    "options by letter, each an object",
    "choice",
    pick({ A: { text: "cork" }, B: { text: "nail" }, C: { text: "stone" } }, "nail"),
    ofThings("nail", "read options from an object"),
  ],
  [
    "options that carry Roman numbers",
    "choice",
    pick(["i. cork", "ii. nail", "iii. stone"], "ii"),
    ofThings("nail", "read options without their letters", "read by letter"),
  ],
  [
    "Roman numbers in brackets, with their text",
    "choice",
    pick(["(i) cork", "(ii) nail", "(iii) stone"], "(iii) stone"),
    ofThings("stone", "read options without their letters", "read by letter"),
  ],
  [
    "options by letter",
    "choice",
    pick({ A: "cork", B: "nail", C: "stone" }, "B"),
    ofThings("nail", "read options from an object", "read by letter"),
  ],
  [
    "options by letter, the text as answer",
    "choice",
    pick({ a: "cork", b: "nail", c: "stone" }, "nail"),
    ofThings("nail", "read options from an object"),
  ],
  [
    "options by number",
    "choice",
    pick({ 1: "cork", 2: "nail", 3: "stone" }, 2),
    ofThings("nail", "read options from an object", "read by number"),
  ],
  [
    "options by name",
    "choice",
    pick({ "Option A": "cork", "Option B": "nail", "Option C": "stone" }, "Option C"),
    ofThings("stone", "read options from an object", "read by letter"),
  ],
  [
    "options by letter in a list",
    "choice",
    pick([{ A: "cork" }, { B: "nail" }, { C: "stone" }], "B"),
    ofThings("nail", "read options from an object", "read by letter"),
  ],
  [
    "options by words",
    "choice",
    pick({ right: "cork", wrong: "nail", odd: "stone" }, "cork"),
    "!wrong fields",
  ],
  [
    "options that carry letters",
    "choice",
    pick(["A. cork", "B. nail", "C. stone"], "B"),
    ofThings("nail", "read options without their letters", "read by letter"),
  ],
  [
    "options that carry letters in brackets",
    "choice",
    pick(["(a) cork", "(b) nail", "(c) stone"], "(c) stone"),
    ofThings("stone", "read options without their letters", "read by letter"),
  ],
  [
    "options that carry numbers",
    "choice",
    pick(["1) cork", "2) nail", "3) stone"], 3),
    ofThings("stone", "read options without their letters", "read by number"),
  ],
  [
    "options that carry letters, the text as answer",
    "choice",
    pick(["A) cork", "B) nail", "C) stone"], "nail"),
    ofThings("nail", "read options without their letters"),
  ],
  [
    "the shown options carry letters too",
    "lettered",
    pick(["A. cork", "B. nail", "C. stone"], "B"),
    "A. cork|B. nail|C. stone ; B. nail ; read by letter",
  ],
  [
    "the shown options carry letters, the text as answer",
    "lettered",
    pick(["A. cork", "B. nail", "C. stone"], "stone"),
    "A. cork|B. nail|C. stone ; C. stone",
  ],
  ["a number without numbered options", "choice", pick(things, 2), ofThings("2")],
  ["numbers as options", "choice", pick([3, 2, 1], 2), "3|2|1 ; 2"],
  ["decimals", "choice", pick(["1.5", "2.5", "3.5"], "2.5"), "1.5|2.5|3.5 ; 2.5"],
  ["scores", "choice", pick(["1 - 0", "2 - 1", "3 - 1"], "2 - 1"), "1 - 0|2 - 1|3 - 1 ; 2 - 1"],
  ["times", "choice", pick(["1:30", "2:30", "3:30"], "2:30"), "1:30|2:30|3:30 ; 2:30"],
  [
    "letters out of order",
    "choice",
    pick(["B. Franklin", "A. Lincoln", "G. Ford"], "A. Lincoln"),
    "B. Franklin|A. Lincoln|G. Ford ; A. Lincoln",
  ],
  [
    "letters of some",
    "choice",
    pick(["A. cork", "nail", "C. stone"], "nail"),
    "A. cork|nail|C. stone ; nail",
  ],

  // Case, full stops and quotes
  ["other case", "choice", pick(things, "NAIL"), ofThings("nail", "read in other case")],
  ["a full stop", "choice", pick(things, "nail."), ofThings("nail", "read without its full stop")],
  [
    "a full stop in the options",
    "choice",
    pick(["cork.", "nail.", "stone."], "nail"),
    "cork.|nail.|stone. ; nail. ; read without its full stop",
  ],
  [
    "typographic quotes round it",
    "choice",
    pick(things, "“nail”"),
    ofThings("nail", "read in other quotes"),
  ],
  [
    "a typographic apostrophe",
    "choice",
    pick(["it's", "its", "it"], "it’s"),
    "it's|its|it ; it's ; read in other quotes",
  ],
  [
    "a straight apostrophe",
    "choice",
    pick(["it’s", "its", "it"], "it's"),
    "it’s|its|it ; it’s ; read in other quotes",
  ],
  ["all of them", "choice", pick(things, "‘Nail.’"), ofThings("nail", "read in other case")],
  [
    "options that differ in case",
    "choice",
    pick(["nail", "Nail", "cork"], "NAIL"),
    "nail|Nail|cork ; NAIL",
  ],
  [
    "an option that differs in case from the answer's",
    "choice",
    pick(["nail", "Nail", "cork"], "Nail"),
    "nail|Nail|cork ; Nail",
  ],
  ["hyphens", "reviews", pick(labels, "neutral"), ofLabels("neutral")],
  ["a negated label", "reviews", pick(labels, "non-negative"), ofLabels("non-negative")],
  ["yes", "closed", pick(["True", "False"], "Yes"), "True|False ; True ; read Yes as True"],
  ["no.", "closed", pick(["True", "False"], "no."), "True|False ; False ; read Yes as True"],
  ["yes among others", "choice", pick(["True", "False", "Maybe"], "Yes"), "True|False|Maybe ; Yes"],
  [
    "a boolean among yes and no",
    "choice",
    pick(["Yes", "No"], true),
    "Yes|No ; Yes ; read Yes as True",
  ],
  [
    "decomposed letters",
    "choice",
    pick(["cafe\u0301", "tea", "milk"], "caf\u00e9"),
    "caf\u00e9|tea|milk ; caf\u00e9",
  ],
  [
    "a long integer",
    "choice",
    `{"Question": 12345678901234567890, "Options": [9007199254740993, 9007199254740992, 1], "Answer": 9007199254740993}`,
    "9007199254740993|9007199254740992|1 ; 9007199254740993",
  ],

  // Keys
  [
    "keys with colons",
    "choice",
    { "Question:": "a", "Options:": things, "Answer:": "nail" },
    ofThings("nail", "read by another key"),
  ],
  [
    "keys in bold",
    "choice",
    { "**Question**": "a", "**Options**": things, "**Answer**": "nail" },
    ofThings("nail", "read by another key"),
  ],
  [
    "other words",
    "choice",
    { Text: "a", Choices: things, "Correct Answer": "nail" },
    ofThings("nail", "read by another key"),
  ],
  [
    "words joined",
    "choice",
    { question: "a", choices: things, correct_answer: "nail" },
    ofThings("nail", "read by another key"),
  ],
  [
    "words in camel case",
    "choice",
    { question: "a", answerChoices: things, correctAnswer: "B" },
    ofThings("nail", "read by another key", "read by letter"),
  ],
  [
    "keys in any case",
    "choice",
    { QUESTION: "a", oPTIONS: things, AnsWer: "nail" },
    ofThings("nail"),
  ],
  ["label", "choice", { question: "a", options: things, label: "nail" }, ofThings("nail")],
  [
    "a question beside a text",
    "choice",
    { Text: "b", Question: "a", Options: things, Answer: "nail" },
    ofThings("nail"),
  ],
  [
    "keys with a number",
    "choice",
    { "Question 1": "a", "Options 1": things, "Answer 1": "nail" },
    ofThings("nail", "read by another key"),
  ],
  [
    "two numbered questions",
    "choice",
    { "Question 1": "a", "Question 2": "b", Options: things, Answer: "nail" },
    "!wrong fields",
  ],
  [
    "a passage",
    "open",
    { Question: "a", Passage: "c", Options: ["True", "False"], Answer: true },
    "True|False ; True ; read by another key",
  ],

  // Options of the whole reply
  [
    "options beside the examples",
    "choice",
    { Options: things, examples: [{ Question: "a", Answer: "nail" }] },
    ofThings("nail", "read options of the whole reply"),
  ],
  [
    "labels beside the examples",
    "reviews",
    { Options: labels, examples: [{ Text: "a", Label: "neutral" }] },
    ofLabels("neutral", "read by another key", "read options of the whole reply"),
  ],
  [
    "an example's own options beside them",
    "choice",
    { Options: ["x", "y", "z"], examples: [pick(things, "nail")] },
    ofThings("nail"),
  ],
  [
    "options by letter of one example",
    "choice",
    { data: [pick({ A: "cork", B: "nail", C: "stone" }, "A")] },
    ofThings("cork", "read options from an object", "read by letter"),
  ],
];

describe("an example in another form is read", () => {
  it.each(cases)("%s (%s)", (_, shape, value, reading) => {
    expect(readFirst(value, shape)).toBe(reading);
  });

  it("but by the strict rule as it is written", () => {
    const { strict } = replyRules;
    const read = (value: object) => strict(toSaid(JSON.stringify(value)), reviews, 1);
    expect(read(pick(["neutral", "negative", "positive"], "neutral"))).toMatchObject([
      { options: ["neutral", "negative", "positive"] },
    ]);
    expect(read(pick(labels, "B"))).toMatchObject([{ answer: "B" }]);
    expect(read(pick({ A: "x", B: "y", C: "z" }, "A"))).toMatchObject([{ reason: "wrong fields" }]);
  });
});
