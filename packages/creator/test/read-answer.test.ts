import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAnswer } from "../src/reply/read-answer.ts";
import { toSaid } from "./shapes.ts";

const yesNo = ["True", "False"];
const places = ["the sea", "the sky", "the moon"];
const cities = ["York", "New York", "New York City"];
const letters = ["a", "ab", "no"];
const numbers = ["3", "3.5", "-3"];

describe("an answer", () => {
  it.each<[said: string, options: string[], index: number | null]>([
    // JSON
    ['{"answer": "True"}', yesNo, 0],
    ['{"Answer": "false."}', yesNo, 1],
    ['{"answer": true}', yesNo, 0],
    ['{"answer": 3}', numbers, 0],
    ['{"answer": ["the sky"]}', places, 1],
    ['```json\n{\n  "answer": "the moon"\n}\n```', places, 2],
    ['Sure! Here it is: {"answer": "the sky"} I hope that the sea is clear.', places, 1],
    ['{"Question": "Which?", "Options": ["the sea", "the sky"], "answer": "the sky"}', places, 1],
    ['{"result": {"answer": "the sea"}}', places, 0],
    ['{"answer": "New York"}', cities, 1],
    ['{"answer": "It is New York City, of course"}', cities, 2],
    ['{"answer": "True", ', yesNo, 0],
    ['{"answer": "True"} {"answer": "True"}', yesNo, 0],
    ['{"answer": "True"} {"answer": "False"}', yesNo, null],
    ['{"answer": "True or False"}', yesNo, null],
    ['{"answer": ""}', yesNo, null],
    ['{"answer": "maybe"} True', yesNo, null],
    ['{"answer": {"place": "the moon"}}', places, 2],
    // The bare text
    ["True", yesNo, 0],
    [" true.\n", yesNo, 0],
    ["“False”", yesNo, 1],
    ["**The  Sea**", places, 0],
    ["- the sky", places, 1],
    ["York", cities, 0],
    ["a", letters, 0],
    ["ab", letters, 1],
    ["No.", letters, 2],
    ["-3", numbers, 2],
    ["3.5", numbers, 1],
    ["+", ["+", "-"], 0],
    ["+.", ["+", "-"], null],
    ["ａ", ["a", "b"], 0],
    ["A", ["a", "A"], 1],
    ["'A'", ["a", "A"], null],
    ["Don’t", ["do", "don't"], 1],
    ["same", ["same", "other", "same"], 0],
    ["SAME!", ["other", "same", "same"], 1],
    ["是", ["是", "否"], 0],
    // Sentences
    ["The statement is true, as the sea is salty.", yesNo, 0],
    ["The answer is True, not False.", yesNo, 0],
    ["**Answer:** False\n\nTrue would need fresh water.", yesNo, 1],
    ["False. The claim does not hold.", yesNo, 1],
    ["False rather than True", yesNo, 1],
    ["It isn't the sky, so it must be the moon.", places, 2],
    ["2. the sky", places, 1],
    ["I would go to New York City.", cities, 2],
    ["No, a sea is salty.", letters, 2],
    ["The answer is a.", letters, 0],
    ["It is a sea", letters, null],
    ["not true", yesNo, null],
    ["It is not necessarily true.", yesNo, null],
    ["untrue", yesNo, null],
    ["I can't say whether the answer is True or False.", yesNo, null],
    ["I don't think the answer is True.", yesNo, null],
    ["True or False?", yesNo, null],
    ["The answer is True. The answer is False.", yesNo, null],
    ["It is well-known/famous.", ["well-known/famous", "^a.(b)[c]{1}|d*$", "other"], 0],
    ["So: a.(b)[c]{1}|d*$", ["well-known", "^a.(b)[c]{1}|d*$"], 1],
    ["It is not true.", ["true", "not true"], 1],
    ["York or New York", cities, null],
    ["B", places, null],
    ["", yesNo, null],
    ["{", yesNo, null],
    // Reasoning
    ["<think>False? The sea is salty.</think>\nTrue", yesNo, 0],
    ["It may be False.</think> True", yesNo, 0],
    ["<think>It is True, since", yesNo, null],
  ])("%j among %j is %j", (said, options, index) => {
    expect(readAnswer(toSaid(said), options)).toBe(index);
  });

  it("is none in a refusal", () => {
    expect(readAnswer(toSaid("True", { refusal: "No." }), yesNo)).toBeNull();
  });

  it.each([
    ["blank space", `x${" ".repeat(1e6)}x`],
    ["line feeds", `x${"\n".repeat(1e6)}x`],
    ["marks", `x${".".repeat(1e6)}x`],
    ["quotes", '"'.repeat(1e6)],
    ["openings", "{".repeat(1e5)],
    ["options in doubt", "not true ".repeat(1e5)],
    ["options", "true, false; ".repeat(1e5)],
    ["answers", '{"answer": ["True", "False"]} '.repeat(3e4)],
  ])("is sought in time linear in the length of 1 MB of %s", (_, said) => {
    expect(readAnswer(toSaid(said), yesNo)).toBeNull();
  });

  it("as asked for is read, whatever the options", () => {
    const options = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(options, fc.nat(), (texts, n) => {
        const distinct = texts.filter((text) => text.trim() === text);
        fc.pre(distinct.length > 0);
        const index = n % distinct.length;
        const said = JSON.stringify({ answer: distinct[index] });
        expect(readAnswer(toSaid(said), distinct)).toBe(index);
      }),
    );
  });

  it("never is another than an option, whatever is said", () => {
    const words = fc.constantFrom(
      ...'True False not answer is { } " : \n the sea ( [ \\ a'.split(" "),
    );
    const said = fc.array(words, { maxLength: 30 }).map((all) => all.join(" "));
    fc.assert(
      fc.property(fc.oneof(said, fc.string({ unit: "binary" })), (text) => {
        const index = readAnswer(toSaid(text), ["True", "False", "(", "a\\-/$"]);
        expect(index === null || (index >= 0 && index < 4)).toBe(true);
      }),
    );
  });
});
