import { type Example, toAnswer } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { buildRequest } from "../src/create/chain.ts";
import { planExamples } from "../src/create/creation-options.ts";
import type { ChatRequest } from "../src/llm/chat.ts";
import { isRejection } from "../src/reply/candidate.ts";
import { inOrder, observe } from "./observe-creation.ts";
import { toSaid } from "./shapes.ts";

/** As banking77 has them. */
const labels = Array.from({ length: 77 }, (_, i) => `card_topic_${i}`);
const example: Example = { question: "Where is it?", context: null, options: labels, label: 3 };
const descriptions = { card_topic_1: "about a lost card" };

const plan = planExamples({ example, target: 154, balance: true, about: "A bank.", descriptions });

const read = (text: string) => plan.readReply(toSaid(text), plan.shape, 5);

describe("a task of more than 20 labels", () => {
  it("asks for one label at a time with its description, and lists them nowhere", () => {
    const [first, second] = [0, 1].map((label) =>
      buildRequest(plan, example, { chain: 0, asking: 0, label, leaf: null }),
    ) as [ChatRequest, ChatRequest];
    expect(second.messages).toEqual([
      {
        role: "system",
        content: [
          "A bank.",
          "",
          "Write a JSON array of exactly 5 new objects.",
          "Each object has the same keys as the example, with new content in the same style and length.",
          "The 5 questions differ in subject and wording, from each other and from the example's.",
          "Output only the JSON array with its 5 objects.",
        ].join("\n"),
      },
      {
        role: "user",
        content:
          '{\n"Answer": "card_topic_3",\n"Question": "Where is it?"\n}\n\nThis time the right answer of every object is "card_topic_1" (about a lost card).',
      },
    ]);
    expect(first.messages[1]?.content).toMatch(/object is "card_topic_0"\.$/);
  });

  it("asks for one label without --balance, too; one of 20 labels lists them, as ever", () => {
    const content = (count: number) => {
      const options = labels.slice(0, count);
      const small = planExamples({ example: { ...example, options }, target: 5 });
      return buildRequest(small)
        .messages.map((message) => message.content)
        .join("\n");
    };
    expect(content(21)).toContain('of every object is "card_topic_0".');
    expect(content(21)).not.toContain("Options");
    expect(content(20)).toContain('"Options": ["card_topic_0", ');
    expect(content(20)).not.toContain("This time");
  });

  it.each([
    ['{"Answer": "card_topic_76", "Question": "Is it lost?"}', 76],
    ['{"Answer": "Card_Topic_5", "Question": "Is it lost?"}', 5],
    ['{"Options": ["card_topic_5"], "Answer": "card_topic_5", "Question": "Is it lost?"}', 5],
  ])("reads %s", (text, label) => {
    expect(read(text)).toMatchObject([
      { question: "Is it lost?", options: labels, answer: labels[label] },
    ]);
  });

  it("rejects a label that there is not", async () => {
    const model = ({ key }: ChatRequest) =>
      toSaid(JSON.stringify({ Answer: "card_topic", Question: key }));
    const { rejected } = await observe({ ...plan, patience: 1 }, inOrder(model), 1);
    expect(rejected.map(({ reason }) => reason)).toEqual(["label not among options"]);
    expect(read("{}").every(isRejection)).toBe(true);
  });

  it("has a schema without them as options", () => {
    const { schema } = planExamples({ example, target: 5, reply: "schema" });
    const [item] = JSON.stringify(schema).match(/"properties":\{"Answer".*/) ?? [];
    expect(item).toContain('"required":["Answer","Question"]');
  });

  it("keeps as many of each", async () => {
    const model = ({ key, messages }: ChatRequest) => {
      const Answer = /every object is "(\w+)"/.exec(messages[1]?.content ?? "")?.[1];
      const objects = [0, 1, 2].map((i) => ({ Answer, Question: `${key} ${i}?` }));
      return toSaid(JSON.stringify(objects));
    };
    const { kept, state } = await observe(plan, inOrder(model), 16);
    const counts = labels.map((label) => kept.filter((one) => toAnswer(one) === label).length);
    expect(new Set(counts)).toEqual(new Set([2]));
    expect(state.funnel.completions).toBe(77);
  });
});
