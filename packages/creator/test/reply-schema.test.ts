import { describe, expect, it } from "vitest";

import { createReplySchema, renderShown, type Shape } from "../src/prompt/prompt.ts";
import { isRejection } from "../src/reply/candidate.ts";
import { replyRules } from "./reading-words.ts";
import { choice, closed, open, toSaid } from "./shapes.ts";

const text = { type: "string" };
const truth = { type: "string", enum: ["True", "False"] };

/** The schema of one example in a reply of `count`. */
function toItems(shape: Shape, count = 5) {
  const schema = createReplySchema(shape, count) as {
    properties: { examples: { items: { properties: Record<string, object>; required: string[] } } };
  };
  return schema.properties.examples.items;
}

/** An example in a shape, as a model that follows the schema writes it. */
function toWritten(shape: Shape, i: number, order: (keys: string[]) => string[]): object {
  const { options } = shape.formatting;
  const values: Record<string, unknown> = {
    Question: `Is ${i} a number?`,
    Context: `Here is ${i}.`,
    Options: options,
    Answer: options[i % options.length],
  };
  return Object.fromEntries(order(toItems(shape).required).map((key) => [key, values[key]]));
}

describe("the schema of a reply", () => {
  it("is an object that holds exactly so many examples, and nothing else", () => {
    expect(createReplySchema(closed, 3)).toEqual({
      type: "object",
      properties: {
        examples: {
          type: "array",
          items: {
            type: "object",
            properties: {
              Options: { type: "array", items: truth, minItems: 2, maxItems: 2 },
              Answer: truth,
              Question: text,
            },
            required: ["Options", "Answer", "Question"],
            additionalProperties: false,
          },
          minItems: 3,
          maxItems: 3,
        },
      },
      required: ["examples"],
      additionalProperties: false,
    });
  });

  it("leaves options to the model where they vary, but not their number", () => {
    expect(toItems(choice).properties).toEqual({
      Question: text,
      Options: { type: "array", items: text, minItems: 3, maxItems: 3 },
      Answer: text,
    });
  });

  it.each([
    ["yes/no", closed],
    ["yes/no with a passage", open],
    ["multiple choice", choice],
    [
      "multiple choice with a passage",
      { ...choice, formatting: { ...choice.formatting, context: "It tastes of salt." } },
    ],
  ] satisfies [string, Shape][])(
    "has the keys of the shown example, in its order: %s",
    (_, shape) => {
      const shown = JSON.parse(renderShown(shape.formatting, shape.options));
      expect(toItems(shape).required).toEqual(Object.keys(shown));
      expect(Object.keys(toItems(shape).properties)).toEqual(Object.keys(shown));
    },
  );

  it("names a repeated option once", () => {
    const twice = { ...closed.formatting, options: ["True", "False", "True"] };
    expect(toItems({ ...closed, formatting: twice }).properties).toMatchObject({
      Options: { items: truth, minItems: 3, maxItems: 3 },
      Answer: truth,
    });
  });
});

describe("a reply in the schema's form", () => {
  const orders: [string, (keys: string[]) => string[]][] = [
    ["the schema's order", (keys) => keys],
    ["another order", (keys) => keys.toReversed()],
  ];

  it.each(
    orders.flatMap(([name, order]) => [
      { name, order, shape: closed },
      { name, order, shape: open },
      { name, order, shape: choice },
    ]),
  )("is read whole, in $name", ({ shape, order }) => {
    const examples = [0, 1, 2].map((i) => toWritten(shape, i, order));
    for (const indent of [0, 2]) {
      const said = toSaid(JSON.stringify({ examples }, null, indent));
      const read = replyRules.salvage(said, shape, 3);
      expect(read.map((one) => (isRejection(one) ? one : one.question))).toEqual([
        "Is 0 a number?",
        "Is 1 a number?",
        "Is 2 a number?",
      ]);
    }
  });

  it("keeps what stands before a cut", () => {
    const examples = [0, 1, 2].map((i) => toWritten(open, i, (keys) => keys));
    const cut = JSON.stringify({ examples }).slice(0, -40);
    const read = replyRules.salvage(toSaid(cut, { finishReason: "length" }), open, 3);
    const kept = read.flatMap((one) => (isRejection(one) ? [] : [one.question]));
    expect(kept).toEqual(["Is 0 a number?", "Is 1 a number?"]);
  });
});
