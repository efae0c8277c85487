import { z } from "zod";
import { parseLine } from "../logs/json.ts";
import { toComparable, toNfc } from "../messages/combining-marks.ts";
import { ExpectedError } from "../messages/errors.ts";
import { renderJson } from "../messages/plain-text.ts";
import { explainForms, quote } from "./label-forms.ts";
import { multiLabel } from "./unsupported.ts";

/** A labelled example. `label` is an index: benchmarks repeat option texts within one example. */
export interface Example {
  question: string;
  context: string | null;
  options: string[];
  label: number;
}

/** An example as it stands in a file, with the original's keys and forms. */
export type ExampleRecord = ReturnType<typeof toRecord>;

/** Texts that are compared are in one form of Unicode: NFC. */
const text = z.string().overwrite(toNfc);

/** An option as it stands in a file. */
const optionText = z
  .union([text, z.number(), z.boolean()], {
    error: ({ input }) =>
      `expected a text, a number, true or false, got ${renderJson(input)}${Array.isArray(input) ? `: ${multiLabel}` : ""}`,
  })
  .transform(toOptionText);

/** An example in a file whose label need not be known. */
export const unlabelledSchema = z.object({
  question: text.min(1, "expected a text, got nothing"),
  context: z.string().nullish(),
  options: z.array(optionText).min(2),
});

const recordSchema = unlabelledSchema.extend({ label: optionText });
const labelledSchema = recordSchema.partial({ options: true });
const restSchema = recordSchema.omit({ options: true });

/** JSON's booleans stand for the option texts "True" and "False" (the original's yes/no files). */
function toOptionText(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}

/**
 * Reads one example from parsed JSON in the original's form. A label that is repeated among the
 * options means the first of them.
 * @param where file and line, for the error
 * @throws ExpectedError naming file and line, what was expected and what came
 */
export function parseExample(value: unknown, where: string): Example {
  return createExampleParser()(value, where);
}

/** Parses an example whose options need not stand in it, and are not looked at. @throws as `parseExample` */
export function parseLabelled(value: unknown, where: string) {
  const { data, error } = labelledSchema.safeParse(value);
  if (error) throw createFormError(error, where);
  return data;
}

function createFormError(error: z.ZodError, where: string): ExpectedError {
  const issue = error.issues[0];
  const field = issue?.path.join(".") || "the line";
  return new ExpectedError(
    `${where}: expected {"question", "context", "options", "label"}; ${field}: ${issue?.message}`,
  );
}

/**
 * Creates a `parseExample` for the examples of one file: those that have the options of the one before share its
 * array, which is checked once. Of 1,000 labels they are nearly all of an example.
 * @param usual the options of an example that has none; null: it must have its own
 */
export function createExampleParser(usual: readonly string[] | null = null): typeof parseExample {
  const none = usual && createOptions([...usual]);
  let given: unknown[] = [];
  let known = createOptions([]);
  return (value, where) => {
    const came = (value as { options?: unknown } | null)?.options;
    const isUsual = none !== null && (came === undefined || came === null);
    const isKnown =
      Array.isArray(came) &&
      came.length === given.length &&
      came.every((option, i) => option === given[i]);
    const isChecked = isUsual || (isKnown && came.length > 0);
    const parsed = (isChecked ? restSchema : recordSchema).safeParse(value);
    if (!parsed.success) throw createFormError(parsed.error, where);
    const { question, context, label, options } = parsed.data as z.infer<typeof recordSchema>;
    if (options && !isUsual) {
      given = came as unknown[];
      known = createOptions(options);
    }
    const { options: all, indices } = isUsual ? none : known;
    const index = indices.get(label);
    if (index === undefined)
      throw new ExpectedError(
        `${where}: expected a label among the options ${renderTexts(all)}, got ${quote(label)}${explainForms([label], all)}`,
      );
    return { question, context: context || null, options: all, label: index };
  };
}

/** Options with their indices: of repeated ones the first. */
function createOptions(options: string[]) {
  return { options, indices: new Map(options.map((one, i) => [one, i] as const).reverse()) };
}

/**
 * Parses a line, which should be one JSON object.
 * @throws ExpectedError where it is no JSON, or an array; what looks like an array or CSV is named as such
 */
export function parseObjectLine(line: string, where: string): unknown {
  const wrong = (form: string) =>
    new ExpectedError(`${where}: expected one JSON object a line, got ${form}`);
  let value: unknown;
  try {
    value = parseLine(line, where);
  } catch (error) {
    const form = nameForm(line.trim());
    throw form ? wrong(form) : error;
  }
  if (Array.isArray(value)) throw wrong(nameForm("[") ?? "");
  return value;
}

/** Names the form of what is no line of JSON; null: none that we know. */
function nameForm(line: string): string | null {
  if (line.startsWith("["))
    return "a JSON array: write each of its objects on a line of its own (jq -c '.[]' FILE)";
  if (line === "{") return "an object over several lines: write it on one (jq -c . FILE)";
  if (/^\{.*\},$/s.test(line))
    return "an object and a comma, as in a JSON array: leave out the comma";
  if (!line.startsWith("{") && /[,;\t]/.test(line))
    return 'what looks like CSV: write each row as an object, {"question": ...}';
  return null;
}

export function toAnswer(example: Example): string {
  return optionAt(example.options, example.label);
}

export function optionAt(options: readonly string[], index: number): string {
  const option = options[index];
  if (option === undefined) throw new RangeError(`no option ${index} among ${options.length}`);
  return option;
}

export function countLabels(examples: readonly Example[]): Record<string, number> {
  const counts: Record<string, number> = Object.create(null);
  for (const name of examples[0]?.options ?? []) counts[name] = 0;
  for (const example of examples) {
    const answer = toAnswer(example);
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}

/** Finds the text that is most frequent, the first of equals; null of none. */
export function findMostFrequent(texts: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const none: [string | null, number] = [null, 0];
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), none)[0];
}

/** The form in files: the original's keys in its order, yes/no labels as JSON booleans. */
export function toRecord({ question, context, options, label }: Example) {
  const answer = optionAt(options, label);
  const yesNo = options.length === 2 && options.includes("True") && options.includes("False");
  return { question, context, options, label: yesNo ? answer === "True" : answer };
}

/** Texts as a list in JSON, with a space after each comma; a list above 600 letters is cut. */
export function renderTexts(texts: readonly string[]): string {
  const all = texts.map((one) => JSON.stringify(one)).join(", ");
  return all.length > 600 ? `[${all.slice(0, 600)}… (${texts.length})]` : `[${all}]`;
}

/** A question as it counts for "seen before": case, accents' encoding and white space put aside. */
export function normaliseQuestion(question: string): string {
  return toComparable(question, "NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

/** A text, question and context, as it counts for "seen before": equal for two that differ in nothing more. */
export function toTextKey({ question, context }: Pick<Example, "question" | "context">): string {
  return JSON.stringify([question, context ?? ""].map(normaliseQuestion));
}

export function toJsonl(values: Iterable<unknown>): string {
  let text = "";
  for (const line of renderJsonLines(values)) text += line;
  return text;
}

/** The same, line by line. */
export function* renderJsonLines(values: Iterable<unknown>): Generator<string> {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}

export function toExamplesJsonl(examples: Iterable<Example>): string {
  return toJsonl(Array.from(examples, toRecord));
}
