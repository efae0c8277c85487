import type { Example } from "@seedling/core/internal";
import type { ChatRequest, Parameters } from "../llm/chat.ts";
import type { Leaf } from "../settings/attributes.ts";
import { createRequest, renderQuestion, renderShown, type Shape } from "./prompt.ts";

/** Attributes of a tree at most. */
export const mostAttributes = 4;

/** Requests that name a tree, if none is asked again. */
export const namingRequests = 1 + mostAttributes;

/**
 * The attributes that are taken where the model names too few: what they mean, and values that are asked for. Subjects are
 * asked for in words of their own, without the example: a small model stays at the subject in sight.
 */
const usual: Readonly<Record<string, { means: string; values: number; asksUnseen?: string }>> = {
  subject: {
    means: "what they are about",
    values: 8,
    asksUnseen:
      "Many people write such texts, each about something else. Name 8 broad subjects that their texts are about, as far from each other as the sections of a newspaper are. Each in two to five words.",
  },
  style: { means: "how they are worded", values: 5 },
  difficulty: { means: "how hard they are to answer", values: 3 },
  length: { means: "how long they are", values: 3 },
};

/** Their names. */
export const usualAttributes = Object.keys(usual);

/** Values that are asked for of others. */
const otherValues = 5;

/** Counts the values that an attribute has at most. */
export function countValues(attribute: string): number {
  return findUsualAttribute(attribute)?.values ?? otherValues;
}

function findUsualAttribute(attribute: string) {
  const name = attribute.toLowerCase();
  return Object.hasOwn(usual, name) ? usual[name] : undefined;
}

/** A leaf as long as most are: what requests are priced by before the model has named any. */
export const assumedLeaf: Leaf = Object.fromEntries(
  usualAttributes.map((name) => [name, "a value in a few words"]),
);

/** Labels named at most. */
const labelsNamed = 20;

/** What attributes are asked for with. */
interface NamingOptions {
  shape: Shape;
  /** What the task is, in the user's words; null: nothing is said. */
  about: string | null;
  parameters: Parameters;
  /** The creation's. */
  seed: number;
}

/**
 * Builds the request for what examples differ in, or for the values of one attribute.
 * @param attribute null: attributes are asked for
 * @param asking which of the same requests it is, from 0
 */
export function buildNamingRequest(
  { shape, about, parameters, seed }: NamingOptions,
  attribute: string | null,
  asking: number,
): ChatRequest {
  const { formatting, options } = shape;
  // An answer in sight would be named as an attribute, and labels as values.
  const shown =
    options === "fixed" ? renderQuestion(formatting, null) : renderShown(formatting, options);
  const answers = options === "fixed" ? renderLabels(formatting) : null;
  const user =
    attribute === null
      ? [
          shown,
          "",
          ...(answers ? [answers] : []),
          `Name ${mostAttributes} attributes in which the texts of such examples can differ, whatever the answer is. Typical ones are ${usualAttributes.join(", ")}.`,
          "Output only a JSON array of their names, one or two words each.",
        ]
      : [
          ...renderAsking(attribute, shown, answers),
          `Output only a JSON array of ${countValues(attribute)} strings.`,
        ];
  return createRequest({
    system: [...(about === null ? [] : [about, ""]), "You plan many varied examples."].join("\n"),
    user: user.join("\n"),
    seedParts: [seed, "attributes", attribute, asking],
    parameters,
    schema: null,
  });
}

function renderLabels({ options }: Example): string {
  const named = options.slice(0, labelsNamed).map((label) => JSON.stringify(label));
  return `Answers are for instance ${named.join(", ")}.`;
}

/** Renders what asks for an attribute's values, behind the example or without it. @param answers null: each has its own options */
function renderAsking(attribute: string, shown: string, answers: string | null): string[] {
  const { means, asksUnseen } = findUsualAttribute(attribute) ?? {};
  if (asksUnseen)
    return [answers ?? "The texts are questions, each with answers to choose from.", asksUnseen];
  const meaning = means ? `${attribute}: ${means}` : attribute;
  return [
    shown,
    "",
    `The texts of many such examples are to differ in their ${meaning}. Describe ${countValues(attribute)} different kinds of ${attribute}, each in two to five words.`,
  ];
}

/**
 * Renders what asks for a leaf, behind the example and before the label, which is lost where it is not the last: as a
 * sentence, since small models take a list for keys of the objects.
 */
export function renderLeaf(leaf: Leaf, perRequest: number): string {
  const kind = Object.entries(leaf).map(([name, value]) => `${name}: ${value}`);
  return `Write ${perRequest} new texts of this kind: ${kind.join("; ")}. Output only the JSON array; its keys are those of the example.`;
}
