import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { decodeUtf8 } from "../logs/files.ts";
import { decodeJson } from "../logs/json.ts";
import { readFollowed } from "../logs/open-inside.ts";
import { callCommand } from "../logs/paths.ts";
import { toNfc } from "../messages/combining-marks.ts";
import { FlagError, toMessage } from "../messages/errors.ts";
import { columnsSchema } from "./columns.ts";
import { renderTexts } from "./example.ts";
import { findTwin } from "./label-forms.ts";
import { findForm } from "./rows.ts";
import { listFiles } from "./split-files.ts";

/** The files that make a folder a task; its splits may stand in it too. */
export const taskFiles = {
  task: "task.json",
  /** One object, or the lines of `example.jsonl`. */
  example: "example.json",
  exampleLines: "example.jsonl",
} as const;

const label = z
  .string()
  .overwrite(toNfc)
  .regex(/^\S(.*\S)?$/su, "expected a text without white space at its ends");

const expectedOptions = 'expected "varying", or two labels or more, each a text and each once';

/** The labels of a task, in the order of a classifier's classes. */
export const labelsSchema = z
  .array(label)
  .min(2, expectedOptions)
  .refine((all) => new Set(all).size === all.length, expectedOptions)
  .refine((all) => !findTwin(all), {
    error: ({ input }) =>
      `expected labels that differ in what people see; two show as ${JSON.stringify(findTwin(input as string[]))}`,
  });

/** Descriptions by label, as a list: a record would leave out a label `__proto__`. */
const descriptions = z.unknown().transform((value, context): [label: string, text: string][] => {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = isObject ? Object.entries(value) : [];
  if (isObject && entries.every(([, text]) => typeof text === "string"))
    return entries.map(([name, text]) => [toNfc(name), toNfc(text).trim()]);
  const message = 'expected a description of each label, such as {"billing": "about invoices"}';
  context.issues.push({ code: "custom", message, input: value });
  return z.NEVER;
});

const optionsSchema = z.union([z.literal("varying"), labelsSchema], expectedOptions);

const taskSchema = z.strictObject({
  options: optionsSchema.optional(),
  labels: descriptions.optional(),
  columns: columnsSchema.optional(),
  instruction: z.string().nullish(),
  partners: z.array(z.string().min(1)).nullish(),
  name: z
    .string()
    .regex(/^[^/\p{C}]{1,80}$/u, "expected a name without slashes, of 80 characters at most")
    .nullish(),
});

/** What new-task writes. */
export interface TaskFile {
  options?: string[] | "varying";
  labels?: Record<string, string>;
  instruction: string | null;
}

export const exampleForm = `{
  "question": "The strap broke after a week.",
  "context": null,
  "options": ["positive", "negative", "neutral"],
  "label": "negative"
}`;

/** The forms of a task's folder to choose from, whole and ready to be copied. */
export const taskForms = `${taskFiles.task} with the same labels for every example:
{
  "options": ["positive", "negative", "neutral"],
  "instruction": "Each question is a product review; the answer is its sentiment."
}
or with options of each example's own (multiple choice):
{
  "options": "varying",
  "instruction": "Each question is about everyday physics, and one option answers it."
}
and beside it, whichever it is, one labelled example, ${taskFiles.example}:
${exampleForm}`;

/**
 * Reads a folder's task.json.
 * @param hasTrain whether a train split's labels can take the place of options, and its examples that of the file
 * @returns options null: they are the train split's; described: labels with a description, even an empty one
 * @throws FlagError with the forms to choose from where it is damaged, or missing and needed
 */
export function readTaskFile(folder: string, hasTrain: boolean) {
  const path = join(folder, taskFiles.task);
  const wrong = (what: string) =>
    new FlagError(`${what}\nA task's folder has one of two forms.\n\n${taskForms}\n`);
  const parsed = taskSchema.safeParse(readJson(path, hasTrain, wrong));
  if (!parsed.success) throw wrong(`${path}: ${toFault(parsed.error.issues[0])}`);
  const { labels: described = [], instruction, partners, columns = null } = parsed.data;
  const name = taskSchema.shape.name.safeParse(parsed.data.name ?? basename(folder));
  if (!name.success) throw wrong(`${path}: expected a "name", since the folder's cannot be one`);
  const names = described.map(([one]) => one);
  let { options = null } = parsed.data;
  if (options === null && names.length > 0 && !hasTrain) {
    const { data, error } = labelsSchema.safeParse(names);
    if (error) throw wrong(`${path}: labels: ${error.issues[0]?.message}`);
    options = data;
  }
  if (options === null && !hasTrain) throw wrong(`${path}: options: ${expectedOptions}`);
  return {
    name: name.data ?? basename(folder),
    options,
    described: names,
    descriptions: toDescriptions(described),
    columns,
    instruction: instruction?.trim() || null,
    partners: partners ?? [],
  };
}

function readJson(path: string, hasTrain: boolean, wrong: (what: string) => FlagError): unknown {
  if (!existsSync(path)) {
    if (hasTrain) return {};
    const folder = path.slice(0, -taskFiles.task.length - 1);
    const tables = listFiles(folder).filter((name) => findForm(name) === "table");
    if (tables.length > 0)
      throw new FlagError(
        `expected ${path}, or a train split called train.csv or train.tsv, got ${renderTexts(tables)}`,
      );
    throw wrong(`expected ${path}; ${callCommand("new-task")} ${folder} makes it by asking`);
  }
  const text = decodeUtf8(readFollowed(path), path);
  try {
    return decodeJson(text);
  } catch (error) {
    throw wrong(`${path}: expected JSON (${toMessage(error)})`);
  }
}

/** Descriptions by label; an empty one only names its label. */
function toDescriptions(described: readonly (readonly [string, string])[]) {
  const texts: Record<string, string> = Object.create(null);
  for (const [label, text] of described) if (text !== "") texts[label] = text;
  return Object.keys(texts).length > 0 ? texts : null;
}

function toFault(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "unrecognized_keys" && issue.path.length === 0)
    return `expected options, labels, columns, instruction, partners and name, got ${renderTexts(issue.keys)}`;
  const field = issue?.path.join(".");
  return `${field ? `${field}: ` : ""}${issue?.message}`;
}
