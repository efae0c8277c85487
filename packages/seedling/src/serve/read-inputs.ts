import { ExpectedError, renderJson, renderWhole } from "@seedling/core/internal";
import {
  type Classifier,
  createExampleReader,
  type UnlabelledExample,
} from "@seedling/trainer/internal";
import { HttpError } from "./local-server.ts";

/** The most that one request may bring. */
export interface InputLimits {
  /** Inputs of a batch. */
  maxInputs: number;
  /** Characters of an input, all its texts together. */
  maxCharacters: number;
}

const forms =
  'a text, ["question", "context"], an object with "question" (and "context", "options"), or a batch: a list of lists such as [["a text"], ["another"]], or of objects';

/**
 * Reads the body of a request to /predict, in the form of text-embeddings-inference, whose flat list of two texts is one
 * input: a text and what is read with it. Ours besides: an object, whose options may be its own.
 * @returns examples; whether they were a batch; whether texts may be truncated
 * @throws HttpError (413, 422) naming the input, what was expected and what came
 */
export function readInputs(
  body: unknown,
  { classes }: Pick<Classifier, "classes">,
  limits: InputLimits,
): { examples: UnlabelledExample[]; isBatch: boolean; truncate: boolean } {
  if (!isRecord(body) || body.inputs === undefined)
    throw new HttpError(422, `expected {"inputs": ...}, got ${renderJson(body)}`);
  const { inputs, truncate = true, raw_scores = false } = body;
  if (typeof truncate !== "boolean")
    throw new HttpError(422, `truncate: expected true or false, got ${renderJson(truncate)}`);
  if (raw_scores !== false)
    throw new HttpError(
      422,
      `raw_scores: expected false, got ${renderJson(raw_scores)}: this server gives probabilities alone`,
    );
  const isBatch = Array.isArray(inputs) && typeof inputs[0] !== "string";
  const list: unknown[] = isBatch ? inputs : [inputs];
  if (list.length === 0) throw new HttpError(422, `inputs: expected ${forms}, got []`);
  if (list.length > limits.maxInputs)
    throw new HttpError(
      413,
      `inputs: expected at most ${renderWhole(limits.maxInputs)} in a request, got ${renderWhole(list.length)}`,
    );
  const read = createExampleReader(classes);
  const examples = list.map((input, i) => {
    const where = isBatch ? `inputs[${i}]` : "inputs";
    const value = toObject(input, where);
    const characters = countCharacters(value);
    if (characters > limits.maxCharacters)
      throw new HttpError(
        413,
        `${where}: expected at most ${renderWhole(limits.maxCharacters)} characters, got ${renderWhole(characters)}`,
      );
    if (classes === null && value.options === undefined)
      throw new HttpError(
        422,
        `${where}: expected an object with the options to choose among, such as {"question": "...", "options": ["a", "b"]}: this classifier has no classes of its own`,
      );
    try {
      return read(value, where);
    } catch (error) {
      if (error instanceof ExpectedError) throw new HttpError(422, error.message);
      throw error;
    }
  });
  return { examples, isBatch, truncate };
}

function toObject(input: unknown, where: string): Record<string, unknown> {
  if (typeof input === "string") return { question: input };
  if (!Array.isArray(input)) {
    if (isRecord(input)) return input;
    throw new HttpError(422, `${where}: expected ${forms}, got ${renderJson(input)}`);
  }
  const [question, context, ...more] = input;
  const isText = typeof question === "string";
  if (!isText || !["string", "undefined"].includes(typeof context) || more.length > 0)
    throw new HttpError(
      422,
      `${where}: expected one text or two in a list, a question and its context, got ${renderJson(input)}; several texts are [["a text"], ["another"]]`,
    );
  return { question, context };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function countCharacters(value: Record<string, unknown>): number {
  const texts = Object.values(value).flat();
  return texts.reduce<number>((sum, text) => sum + (typeof text === "string" ? text.length : 0), 0);
}
