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

const pick = (Options: unknown, Answer: unknown) => ({ Question: "a", Options, Answer });
const things = ["cork", "nail", "stone"];
const ofThings = (...read: string[]) => ["cork|nail|stone", ...read].join(" ; ");

const noMarks = "read options without their letters";
const fromObject = "read options from an object";
const fromList = "read answer from a list or object";
const byLetter = "read by letter";
const byNumber = "read by number";
const byKey = "read by another key";
const asTrue = "read Yes as True";
const otherOrder = "read in another order";
const otherCase = "read in other case";
const otherQuotes = "read in other quotes";
const noStop = "read without its full stop";
const ofReply = "read options of the whole reply";

describe("fixed labels are read in the task's order", () => {
  it.each<[options: unknown, answer: unknown, read: string[]]>([
    [labels, "negative", ["negative"]],
    [labels, "neutral", ["neutral"]],
    [labels, "non-negative", ["non-negative"]],
    [["neutral", "negative", "positive"], "neutral", ["neutral", otherOrder]],
    [["Positive", "Negative", "Neutral"], "Negative", ["negative", otherCase]],
    [
      { A: "neutral", B: "positive", C: "negative" },
      "C",
      ["negative", fromObject, byLetter, otherOrder],
    ],
    [["A. positive", "B. negative", "C. neutral"], "B. negative", ["negative", noMarks, byLetter]],
  ])("%j: %j", (options, answer, read) => {
    expect(readFirst(pick(options, answer), "reviews")).toBe(
      [labels.join("|"), ...read].join(" ; "),
    );
  });

  it.each<[options: unknown[], answer: unknown, read: string[]]>([
    [["False", "True"], "False", ["False", otherOrder]],
    [[false, true], false, ["False", otherOrder]],
    [["Yes", "No"], "No", ["False", asTrue]],
    [["F", "T"], "T", ["True", asTrue, otherOrder]],
    [["Yes", "No"], "False", ["False", asTrue]],
    [["True", "False"], "T", ["True", asTrue]],
    [["True", "False"], "f", ["False", asTrue]],
    [["True", "False"], "Yes", ["True", asTrue]],
    [["True", "False"], "no.", ["False", asTrue]],
  ])("%j: %j", (options, answer, read) => {
    expect(readFirst(pick(options, answer), "closed")).toBe(["True|False", ...read].join(" ; "));
  });

  it.each<[shape: "reviews" | "closed", options: string[], answer: string]>([
    ["reviews", ["positive", "positive", "negative"], "negative"],
    ["closed", ["Right", "Wrong"], "Wrong"],
    ["closed", ["True", "False", "Maybe"], "True"],
  ])("but others stay (%s): %j", (shape, options, answer) => {
    expect(readFirst(pick(options, answer), shape)).toBe(`${options.join("|")} ; ${answer}`);
  });
});

describe("among cork, nail and stone an answer is read", () => {
  it.each<[answer: unknown, ...read: string[]]>([
    ["B", "nail", byLetter],
    ["b", "nail", byLetter],
    ["B. nail", "nail", byLetter],
    ["B) nail", "nail", byLetter],
    ["B: Nail.", "nail", byLetter],
    ["(b)", "nail", byLetter],
    ["[C]", "stone", byLetter],
    ["C.", "stone", byLetter],
    ["**B**", "nail", byLetter],
    ["Option B", "nail", byLetter],
    ["The correct answer is B.", "nail", byLetter],
    ["nail (B)", "nail", byLetter],
    ["NAIL", "nail", otherCase],
    ["nail.", "nail", noStop],
    ["“nail”", "nail", otherQuotes],
    ["‘Nail.’", "nail", otherCase],
    [["nail"], "nail", fromList],
    [{ B: "nail" }, "nail", fromList, byLetter],
    [{ label: "B", text: "nail" }, "nail", fromList, byLetter],
    // What could mean two things, or nothing, stays.
    ["D", "D"],
    ["B. cork", "B. cork"],
    ["cork (B)", "cork (B)"],
    ["B, since it sinks", "B, since it sinks"],
    [2, "2"],
    [{ A: "nail" }, "A. nail", fromList],
  ])("%j", (answer, ...read) => {
    expect(readFirst(pick(things, answer), "choice")).toBe(ofThings(...read));
  });

  it("but not from a list of two", () => {
    expect(readFirst(pick(things, ["nail", "cork"]), "choice")).toBe("!wrong fields");
  });
});

describe("options that carry letters or numbers are read without them", () => {
  it.each<[options: unknown, answer: unknown, ...read: string[]]>([
    [{ A: "cork", B: "nail", C: "stone" }, "B", "nail", fromObject, byLetter],
    [{ a: "cork", b: "nail", c: "stone" }, "nail", "nail", fromObject],
    [{ 1: "cork", 2: "nail", 3: "stone" }, 2, "nail", fromObject, byNumber],
    [
      { "Option A": "cork", "Option B": "nail", "Option C": "stone" },
      "Option C",
      "stone",
      fromObject,
      byLetter,
    ],
    [[{ A: "cork" }, { B: "nail" }, { C: "stone" }], "B", "nail", fromObject, byLetter],
    [things.map((text, i) => ({ label: "ABC"[i], text })), "C", "stone", fromObject, byLetter],
    [
      { A: { text: "cork" }, B: { text: "nail" }, C: { text: "stone" } },
      "nail",
      "nail",
      fromObject,
    ],
    [["A. cork", "B. nail", "C. stone"], "B", "nail", noMarks, byLetter],
    [["A) cork", "B) nail", "C) stone"], "nail", "nail", noMarks],
    [["(a) cork", "(b) nail", "(c) stone"], "(c) stone", "stone", noMarks, byLetter],
    [["1) cork", "2) nail", "3) stone"], 3, "stone", noMarks, byNumber],
    [["i. cork", "ii. nail", "iii. stone"], "ii", "nail", noMarks, byLetter],
    [["(i) cork", "(ii) nail", "(iii) stone"], "(iii) stone", "stone", noMarks, byLetter],
  ])("%j: %j", (options, answer, ...read) => {
    expect(readFirst(pick(options, answer), "choice")).toBe(ofThings(...read));
  });

  it.each([
    ["B", "A. cork|B. nail|C. stone ; B. nail ; read by letter"],
    ["stone", "A. cork|B. nail|C. stone ; C. stone"],
  ])("unless the shown ones carry them too: %j", (answer, reading) => {
    const options = ["A. cork", "B. nail", "C. stone"];
    expect(readFirst(pick(options, answer), "lettered")).toBe(reading);
  });

  it.each([
    ["by words", { right: "cork", wrong: "nail", odd: "stone" }],
    ["by one letter twice", [{ A: "cork" }, { A: "nail" }, { B: "stone" }]],
  ])("but not %s", (_, options) => {
    expect(readFirst(pick(options, "stone"), "choice")).toBe("!wrong fields");
  });

  it("nor where one behind the tenth Roman number carries none", () => {
    const numbers = "I II III IV V VI VII VIII IX X".split(" ");
    const options = [...numbers.map((number) => `${number}. x${number}`), "rest"];
    expect(readFirst(pick(options, "rest"), "choice")).toBe(`${options.join("|")} ; rest`);
  });
});

describe("the texts of the options come first", () => {
  it.each<[options: unknown[], answer: unknown, read: string, ...rules: string[]]>([
    // Options that are letters, or look as if they carried some
    [["B", "C", "A"], "B", "B"],
    [["b", "c", "a"], "B", "b", otherCase],
    [["x", "y", "z"], "B", "y", byLetter],
    [["A", "AB", "O"], "B", "B"],
    [["tea", "nail (C)", "stone"], "B. nail (C)", "nail (C)", byLetter],
    [["B. Franklin", "A. Lincoln", "G. Ford"], "A. Lincoln", "A. Lincoln"],
    [["A. cork", "nail", "C. stone"], "nail", "nail"],
    // Numbers
    [[3, 2, 1], 2, "2"],
    [["1.5", "2.5", "3.5"], "2.5", "2.5"],
    [["1 - 0", "2 - 1", "3 - 1"], "2 - 1", "2 - 1"],
    [["1:30", "2:30", "3:30"], "2:30", "2:30"],
    // Case, full stops and quotes
    [["cork.", "nail.", "stone."], "nail", "nail.", noStop],
    [["it's", "its", "it"], "it’s", "it's", otherQuotes],
    [["it’s", "its", "it"], "it's", "it’s", otherQuotes],
    [["nail", "Nail", "cork"], "NAIL", "NAIL"],
    [["nail", "Nail", "cork"], "Nail", "Nail"],
    // Yes and True
    [["Yes", "No"], "n", "No", asTrue],
    [["Yes", "No"], true, "Yes", asTrue],
    [["True", "False", "Maybe"], "Yes", "Yes"],
  ])("%j: %j", (options, answer, ...read) => {
    expect(readFirst(pick(options, answer), "choice")).toBe(
      [options.join("|"), ...read].join(" ; "),
    );
  });

  it.each([
    [
      "decomposed letters",
      pick(["cafe\u0301", "tea", "milk"], "caf\u00e9"),
      "caf\u00e9|tea|milk ; caf\u00e9",
    ],
    [
      "long integers",
      `{"Question": 12345678901234567890, "Options": [9007199254740993, 9007199254740992, 1], "Answer": 9007199254740993}`,
      "9007199254740993|9007199254740992|1 ; 9007199254740993",
    ],
  ])("%s", (_, value, reading) => {
    expect(readFirst(value, "choice")).toBe(reading);
  });
});

describe("other keys are read", () => {
  const examples = [{ Question: "a", Answer: "nail" }];

  it.each<[what: string, value: object, ...rules: string[]]>([
    ["colons", { "Question:": "a", "Options:": things, "Answer:": "nail" }, byKey],
    ["bold", { "**Question**": "a", "**Options**": things, "**Answer**": "nail" }, byKey],
    ["other words", { Text: "a", Choices: things, "Correct Answer": "nail" }, byKey],
    ["words joined", { question: "a", choices: things, correct_answer: "nail" }, byKey],
    ["camel case", { question: "a", answerChoices: things, correctAnswer: "B" }, byKey, byLetter],
    ["numbers", { "Question 1": "a", "Options 1": things, "Answer 1": "nail" }, byKey],
    ["any case", { QUESTION: "a", oPTIONS: things, AnsWer: "nail" }],
    ["a label", { question: "a", options: things, label: "nail" }],
    ["a question beside a text", { Text: "b", Question: "a", Options: things, Answer: "nail" }],
    ["options beside the examples", { Options: things, examples }, ofReply],
    ["an example's own options", { Options: ["x", "y"], examples: [pick(things, "nail")] }],
  ])("%s", (_, value, ...rules) => {
    expect(readFirst(value, "choice")).toBe(ofThings("nail", ...rules));
  });

  it.each<[what: string, shape: keyof typeof shapes, value: object, reading: string]>([
    [
      "a passage",
      "open",
      { Question: "a", Passage: "c", Options: ["True", "False"], Answer: true },
      "True|False ; True ; read by another key",
    ],
    [
      "labels beside the examples",
      "reviews",
      { Options: labels, examples: [{ Text: "a", Label: "neutral" }] },
      `${labels.join("|")} ; neutral ; ${byKey} ; ${ofReply}`,
    ],
    [
      "options by letter of one example",
      "choice",
      { data: [pick({ A: "cork", B: "nail", C: "stone" }, "A")] },
      ofThings("cork", fromObject, byLetter),
    ],
    [
      "two numbered questions",
      "choice",
      { "Question 1": "a", "Question 2": "b", Options: things, Answer: "nail" },
      "!wrong fields",
    ],
  ])("%s (%s)", (_, shape, value, reading) => {
    expect(readFirst(value, shape)).toBe(reading);
  });
});

it("the strict rule reads what is written", () => {
  const { strict } = replyRules;
  const read = (value: object) => strict(toSaid(JSON.stringify(value)), reviews, 1);
  expect(read(pick(["neutral", "negative", "positive"], "neutral"))).toMatchObject([
    { options: ["neutral", "negative", "positive"] },
  ]);
  expect(read(pick(labels, "B"))).toMatchObject([{ answer: "B" }]);
  expect(read(pick({ A: "x", B: "y", C: "z" }, "A"))).toMatchObject([{ reason: "wrong fields" }]);
});
