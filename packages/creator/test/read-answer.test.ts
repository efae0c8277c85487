import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAnswer } from "../src/reply/read-answer.ts";
import { toSaid } from "./shapes.ts";

const yesNo = ["True", "False"];
const places = ["the sea", "the sky", "the moon"];
const cities = ["York", "New York", "New York City"];
const letters = ["a", "ab", "no"];
const numbers = ["3", "3.5", "-3"];
const toxic = ["toxic", "not toxic"];
const entails = ["entailment", "neutral", "contradiction"];
const negated = ["entailment", "not_entailment"];
const intimate = ["Intimate", "Not-intimate", "Not-intimate-at-all"];
const stars = ["1", "2", "3", "4", "5"];
const reviews = ["positive", "negative"];
const zh = ["正面", "负面"];
const ko = ["긍정", "부정"];
const ja = ["ポジティブ", "ネガティブ"];

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
    // Negations
    ['{"answer": "Non-toxic"}', toxic, null],
    ['{"answer": "not-toxic"}', toxic, 1],
    ['{"answer": "not_toxic"}', toxic, 1],
    ['{"answer": "Not toxic."}', toxic, 1],
    ['{"answer": "TOXIC"}', toxic, 0],
    ['{"answer": "toxic-free"}', toxic, null],
    ['{"answer": "not really toxic"}', toxic, null],
    ['{"answer": "toxic, but not very"}', toxic, null],
    ["{'answer': 'Non-toxic'}", toxic, null],
    ["{'answer': 'not toxic'}", toxic, 1],
    ["Non-toxic", toxic, null],
    ["It is non toxic.", toxic, null],
    ["The comment is not toxic.", toxic, 1],
    ["I would say that this is toxic.", toxic, 0],
    ["The comment is anything but toxic.", toxic, null],
    ["I do not find this comment to be in any way toxic", toxic, null],
    ['{"answer": "not_entailment"}', entails, null],
    ['{"answer": "not_entailment"}', negated, 1],
    ['{"answer": "not entailment"}', negated, 1],
    ["Not-entailment", negated, 1],
    ["The pair shows not_entailment.", negated, 1],
    ["Entailment", negated, 0],
    ["non-spam", ["spam", "ham"], null],
    ["non spam", ["spam", "ham"], null],
    ["un-safe", ["safe", "harmful"], null],
    ["un_safe", ["safe", "harmful"], null],
    ["unsafe", ["safe", "unsafe"], 1],
    ["un-safe", ["safe", "unsafe"], null],
    ["C'est un texte positif.", ["positif", "négatif"], 0],
    ["Il testo è positivo.", ["positivo", "negativo"], 0],
    ["dis-similar", ["similar", "other"], null],
    ["anti-social", ["social", "other"], null],
    ["This is hardly true.", yesNo, null],
    ["barely true", yesNo, null],
    ["The post is free of hate.", ["hate", "other"], null],
    ["hate-free", ["hate", "other"], null],
    ["no hate", ["hate", "no hate"], 1],
    ["True is not the right answer", yesNo, null],
    ["True isn't right; it is False", yesNo, 1],
    ["Not intimate", intimate, 1],
    ["not intimate at all", intimate, 2],
    ['{"answer": "Not-intimate-at-all"}', intimate, 2],
    ["The text is not-intimate.", intimate, 1],
    ["It is intimate", intimate, 0],
    ['{"answer": "well known/famous"}', ["well-known/famous", "other"], 0],
    ["non-fiction", ["fiction", "non-fiction"], 1],
    ["It is non fiction", ["fiction", "non-fiction"], 1],
    // Whole values in JSON
    ['{"answer": "The answer is True"}', yesNo, 0],
    ['{"answer": "True, since the sea is salty"}', yesNo, 0],
    ['{"answer": "The statement may be called True"}', yesNo, null],
    ['{"Answer:": "True"}', yesNo, 0],
    ['{"label": "False"}', yesNo, 1],
    ['{"answer": "Yes"}', yesNo, 0],
    ['{"answer": 9007199254740993}', ["9007199254740993", "9007199254740992"], 0],
    [String.raw`{"answer": "$\frac{1}{2}$"}`, [String.raw`$\frac{1}{2}$`, "2"], 0],
    // Numbers
    ["Rating: 4", stars, 3],
    ['{"answer": "Rating: 4"}', stars, 3],
    ['{"answer": "4/5"}', stars, 3],
    ["4/5", stars, 3],
    ["4 / 5", stars, 3],
    ["I would give it 4 out of 5 stars.", stars, 3],
    ["On a scale of 1 to 5, I rate this a 2.", stars, 1],
    ["On a scale of 1-5: 2", stars, 1],
    ["4/10", stars, null],
    ["3.5", stars, null],
    ["It is a 3 or a 4", stars, null],
    ["I rate it 3 to 4", stars, null],
    ["5-star review", stars, 4],
    ["There are 2 reasons. Rating: 4", stars, 3],
    ["Score = 4", stars, 3],
    ["**Rating:** 4", stars, 3],
    ["It is -3", numbers, 2],
    ["4 (out of 5)", stars, 3],
    ["4 stars out of 5", stars, 3],
    ["4 on a scale of 5", stars, 3],
    ['{"rating": 4}', stars, 3],
    ["4分，满分5分", stars, 3],
    ["3 out of 10", stars, null],
    ["评分：4", stars, 3],
    ["平均4分", stars, 3],
    ["평점은 4점입니다.", stars, 3],
    ["Yes, the sea is salty.", yesNo, 0],
    ["No. Fresh water is not salty.", yesNo, 1],
    ["Is it? Yes or no", yesNo, null],
    ["neither positive nor negative: neutral", ["positive", "negative", "neutral"], 2],
    ["Neutral (neither positive nor negative)", ["positive", "negative", "neutral"], 2],
    // Sentences of scripts without spaces
    ["答案是正面。", zh, 0],
    ["答案是：负面", zh, 1],
    ["这条评论的情感是负面的。", zh, 1],
    ["这不是负面，而是正面。", zh, 0],
    ["虽然有负面的地方，但总体是正面。", zh, 0],
    ["这是一条正面评论。", zh, 0],
    ["非常正面", zh, 0],
    ["这条评论不是正面", zh, null],
    ["非正面", zh, null],
    ["是正面还是负面？", zh, null],
    ["正面和负面", zh, null],
    ["是", ["是", "否"], 0],
    ["答案是：否。", ["是", "否"], 1],
    ["答案不正确", ["正确", "不正确"], 1],
    ['{"answer": "答案是正面"}', zh, 0],
    ["정답은 긍정입니다.", ko, 0],
    ["이 리뷰는 부정적입니다.", ko, 1],
    ["정답: 긍정", ko, 0],
    ["긍정이 아닙니다", ko, null],
    ["긍정적이지 않습니다.", ko, null],
    ["긍정 또는 부정", ko, null],
    ["긍정과 부정", ko, null],
    ["비긍정", ko, null],
    ["答えはポジティブです。", ja, 0],
    ["ポジティブではありません。", ja, null],
    // Doubt, both, and degrees
    ["It would be wrong to call this toxic", toxic, null],
    ["It would be unfair to say that it is toxic.", toxic, null],
    ["Is it toxic? No.", toxic, null],
    ["Is it toxic? I don't think so.", toxic, null],
    ["Is it toxic? Yes.", toxic, 0],
    ["Is it toxic? No, it is not toxic.", toxic, 1],
    ["It would be a stretch to call this toxic", toxic, null],
    ["Calling this toxic would be wrong.", toxic, null],
    ["borderline toxic", toxic, null],
    ["almost true", yesNo, null],
    ["True in part", yesNo, null],
    ["True to some extent.", yesNo, null],
    ["quasi-toxic", toxic, null],
    ["It is quasi toxic.", toxic, null],
    ["un safe", ["safe", "harmful"], null],
    ["This is un safe.", ["safe", "harmful"], null],
    ["partly true", yesNo, null],
    ["The statement is partially true.", yesNo, null],
    ["half-true", yesNo, null],
    ["Somewhat intimate", intimate, null],
    ["It is slightly intimate.", intimate, null],
    ["Somewhat good", ["very good", "good", "bad"], null],
    ["Somewhat positive", ["positive", "negative"], 0],
    ["somewhat toxic", toxic, 0],
    ["Yes and no", ["Yes", "No"], null],
    ["Yes and no.", yesNo, null],
    ["Yes. And no.", ["Yes", "No"], null],
    ["Yes, but also no.", yesNo, null],
    ["既有正面也有负面", zh, null],
    ["这条评论既有正面，也有负面。", zh, null],
    ["有正面也有负面。", zh, null],
    ["既不是负面，而是正面。", zh, 0],
    ["긍정적이면서도 부정적입니다.", ko, null],
    ["긍정적이기도 하고 부정적이기도 합니다.", ko, null],
    ["None of it is offensive", ["none", "offensive"], null],
    ["None of the text is offensive.", ["none", "mild"], null],
    ["None of this is offensive.", ["none", "mild"], null],
    ["None.", ["none", "mild"], 0],
    ["None of the labels apply.", ["none", "mild"], 0],
    // Weighed, then chosen
    ["Positive. Although the strap broke, which is negative, it holds.", reviews, 0],
    ["The strap broke, which is negative. But overall: positive", reviews, 0],
    ["It starts positive. Overall, it is negative.", reviews, 1],
    ["Positive. Negative.", reviews, null],
    ["Positive. But it may be negative.", reviews, null],
    ["Negative, despite its overall positive tone", reviews, null],
    ["4.0", stars, 3],
    ["4.0/5", stars, 3],
    ['{"answer": "4.0"}', stars, 3],
    ["4.5", stars, null],
    // Reasoning
    ["[THINK]False?[/THINK]True", yesNo, 0],
    ["<think>False? The sea is salty.</think>\nTrue", yesNo, 0],
    ["It may be False.</think> True", yesNo, 0],
    ["<think>It is True, since", yesNo, null],
  ])("%j among %j is %j", (said, options, index) => {
    expect(readAnswer(toSaid(said), options)).toBe(index);
  });

  it.each<[said: string, options: string[], option: string | null]>([
    ["A", places, "the moon"],
    ["(b)", places, "the sea"],
    ["**C.**", places, "the sky"],
    ['{"answer":"B"}', places, "the sea"],
    ['{"answer":"(A)"}', places, "the moon"],
    ['{"answer":["A"]}', places, "the moon"],
    ["Option B", places, "the sea"],
    ["The answer is A.", places, "the moon"],
    ["The correct answer is option **B**", places, "the sea"],
    ["It holds water. So the answer is B.", places, "the sea"],
    ['The answer is "B".', places, "the sea"],
    ["I'd go with B", places, "the sea"],
    ["$\\boxed{B}$", places, "the sea"],
    ["It is deep. The answer is \\boxed{\\text{B}}.", places, "the sea"],
    ["A. the sky", places, "the sky"],
    ["B, since it is deep", places, null],
    ["The answer is not A.", places, null],
    ["I don't think the answer is B.", places, null],
    ["A or B", places, null],
    ["D", places, null],
    ["A", ["A", "AB", "0"], "A"],
    ["B", ["A", "AB", "0"], null],
    ["A", ["B", "C", "A"], "A"],
    ["a", letters, "a"],
    ["B", ["A. cork", "B. nail", "C. stone"], "B. nail"],
    ["A", yesNo, "True"],
  ])(
    "%j among %j is %j where the last was shown first, but True before False",
    (said, options, option) => {
      const shown = options === yesNo ? yesNo : [...options.slice(-1), ...options.slice(0, -1)];
      const index = readAnswer(toSaid(said), options, shown);
      expect(index === null ? null : options[index]).toBe(option);
    },
  );

  it("is none in a refusal", () => {
    expect(readAnswer(toSaid("True", { refusal: "No." }), yesNo)).toBeNull();
  });

  it.each([
    ["blank space", `x${" ".repeat(1e6)}x`],
    ["line feeds", `x${"\n".repeat(1e6)}x`],
    ["marks", `x${".".repeat(1e6)}x`],
    ["quotes", '"'.repeat(1e6)],
    ["openings", "{".repeat(1e5)],
    ["digits", "1".repeat(1e6)],
    ["hyphens", "a-".repeat(5e5)],
    ["underscores", "_".repeat(1e6)],
    ["sentences of Chinese", "不是正面".repeat(2e5)],
    ["options in doubt", "not true ".repeat(1e5)],
    ["options", "true, false; ".repeat(1e5)],
    ["answers", '{"answer": ["True", "False"]} '.repeat(3e4)],
  ])("is sought in time linear in the length of 1 MB of %s", (_, said) => {
    for (const options of [yesNo, stars, zh]) expect(readAnswer(toSaid(said), options)).toBeNull();
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
