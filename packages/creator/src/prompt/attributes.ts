import type { ChatRequest, Parameters } from "../llm/chat.ts";
import type { Leaf } from "../settings/attributes.ts";
import { createRequest, isListing, renderShown, type Shape } from "./prompt.ts";

/** Attributes of a tree, and values of one of them, at most. */
export const mostAttributes = 4;
export const mostValues = 8;

/** Requests that name a tree, if none is asked again. */
export const namingRequests = 1 + mostAttributes;

/** The attributes that are taken where the model names none. */
export const usualAttributes = ["subject", "style", "difficulty", "length"] as const;

/** A leaf as long as most are: what requests are priced by before the model has named any. */
export const assumedLeaf: Leaf = Object.fromEntries(
  usualAttributes.map((name) => [name, "a value in a few words"]),
);

/** Labels named where the example lists none. */
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
  const texts = formatting.context === null ? "questions" : "contexts and questions";
  const isListed = isListing(options, formatting.options.length);
  const named = formatting.options.slice(0, labelsNamed).map((label) => JSON.stringify(label));
  const ask =
    attribute === null
      ? [
          `Name ${mostAttributes} attributes in which the ${texts} of such examples can differ, whatever the answer is. Typical ones are ${usualAttributes.join(", ")}.`,
          "Output only a JSON array of their names, one or two words each.",
        ]
      : [
          `Name ${mostValues} values that the attribute ${JSON.stringify(attribute)} of the ${texts} of such examples can have, each very different from the others.`,
          "Output only a JSON array of the values, each a text of one to five words.",
        ];
  return createRequest({
    system: [...(about === null ? [] : [about, ""]), "You plan many varied examples."].join("\n"),
    user: [
      renderShown(formatting, options),
      "",
      ...(isListed ? [] : [`Answers are for instance ${named.join(", ")}.`]),
      ...ask,
    ].join("\n"),
    seedParts: [seed, "attributes", attribute, asking],
    parameters,
    schema: null,
  });
}

/** Renders what asks for a leaf, behind the example and the label. */
export function renderLeaf(leaf: Leaf): string {
  return [
    "This time every object has these attributes, as far as they go with its answer:",
    ...Object.entries(leaf).map(([name, value]) => `- ${name}: ${value}`),
  ].join("\n");
}
