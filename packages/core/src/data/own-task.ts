import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { decodeUtf8, hashValue } from "../logs/files.ts";
import { decodeJson } from "../logs/json.ts";
import { readFollowed } from "../logs/open-inside.ts";
import { isFolder } from "../logs/paths.ts";
import { toNfc } from "../messages/combining-marks.ts";
import { FlagError, toMessage } from "../messages/errors.ts";
import {
  type Example,
  parseExample,
  parseObjectLine,
  renderTexts,
  toLines,
  toRecord,
} from "./example.ts";
import { findTwin } from "./label-forms.ts";
import { checkForm, type Form, type Task } from "./tasks.ts";

/** The files that make a folder a task; its splits may stand in it too. */
export const taskFiles = {
  task: "task.json",
  /** One object, or the first line of `example.jsonl`. */
  example: "example.json",
  exampleLines: "example.jsonl",
} as const;

const label = z
  .string()
  .overwrite(toNfc)
  .regex(/^\S(.*\S)?$/su, "expected a text without white space at its ends");

const expectedOptions = 'expected "varying", or two labels or more, each a text and each once';

const labels = z
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

const taskSchema = z.strictObject({
  options: z.union([z.literal("varying"), labels], expectedOptions).optional(),
  labels: descriptions.optional(),
  instruction: z.string().nullish(),
  partners: z.array(z.string().min(1)).nullish(),
  name: z
    .string()
    .regex(/^[^/\p{C}]{1,80}$/u, "expected a name without slashes, of 80 characters at most")
    .nullish(),
});

export type TaskFile = z.input<typeof taskSchema>;

const exampleForm = `{
  "question": "The strap broke after a week.",
  "context": null,
  "options": ["positive", "negative", "neutral"],
  "label": "negative"
}`;

/** The two forms of a task's folder to choose from, whole and ready to be copied. */
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
 * Reads a task of the user's own from its folder: `task.json` and one labelled example. Its partners
 * stay as they are written.
 * @throws ExpectedError, with the forms to choose from where `task.json` is missing or damaged
 */
export async function readOwnTask(folder: string): Promise<Task> {
  if (!isFolder(folder))
    throw new FlagError(`no folder ${folder}; npm run new-task -- ${folder} makes a task there`);
  const { name, options, descriptions, instruction, partners } = await readTaskFile(folder);
  const examplePath = findExample(folder);
  const example = await readExample(examplePath);
  const form: Form = {
    options: options === "varying" ? "varying" : "fixed",
    optionCount: options === "varying" ? example.options.length : options.length,
    labels: options === "varying" ? null : options,
    context: example.context !== null,
  };
  checkForm(example, form, examplePath, `as in ${taskFiles.task}`);
  const about = instruction?.trim() || null;
  const meaning = { options, instruction: about, ...(descriptions && { descriptions }) };
  return {
    name,
    ...form,
    trainSize: null,
    partners: partners ?? [],
    folder,
    fingerprint: hashValue({ example: toRecord(example), ...meaning }).slice(0, 12),
    own: { examples: [example], examplePath, instruction: about, descriptions },
  };
}

async function readTaskFile(folder: string) {
  const path = join(folder, taskFiles.task);
  const wrong = (what: string) =>
    new FlagError(`${what}\nA task's folder has one of two forms.\n\n${taskForms}\n`);
  if (!existsSync(path))
    throw wrong(`expected ${path}; npm run new-task -- ${folder} makes it by asking`);
  const text = decodeUtf8(readFollowed(path), path);
  let value: unknown;
  try {
    value = decodeJson(text);
  } catch (error) {
    throw wrong(`${path}: expected JSON (${toMessage(error)})`);
  }
  const parsed = taskSchema.safeParse(value);
  if (!parsed.success) throw wrong(`${path}: ${toFault(parsed.error.issues[0])}`);
  const name = taskSchema.shape.name.safeParse(parsed.data.name ?? basename(folder));
  if (!name.success) throw wrong(`${path}: expected a "name", since the folder's cannot be one`);
  const { options: given, labels: described = [] } = parsed.data;
  const options = taskSchema.shape.options.safeParse(given ?? described.map(([label]) => label));
  if (!options.success || options.data === undefined)
    throw wrong(
      `${path}: ${given ? "" : described.length > 0 ? "labels: " : "options: "}${expectedOptions}`,
    );
  for (const [label] of described)
    if (options.data === "varying" || !options.data.includes(label))
      throw wrong(
        `${path}: labels: expected labels among the options, got ${JSON.stringify(label)}`,
      );
  return {
    ...parsed.data,
    options: options.data,
    descriptions: toDescriptions(described),
    name: name.data ?? basename(folder),
  };
}

/** Descriptions by label; an empty one only names its label. */
function toDescriptions(described: readonly (readonly [string, string])[]) {
  const texts: Record<string, string> = Object.create(null);
  for (const [label, text] of described) if (text !== "") texts[label] = text;
  return Object.keys(texts).length > 0 ? texts : null;
}

function toFault(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "unrecognized_keys")
    return `expected options, labels, instruction, partners and name, got ${renderTexts(issue.keys)}`;
  const field = issue?.path.join(".");
  return `${field ? `${field}: ` : ""}${issue?.message}`;
}

function findExample(folder: string): string {
  const names = [taskFiles.example, taskFiles.exampleLines];
  const [path, other] = names
    .map((name) => join(folder, name))
    .filter((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new FlagError(
      `expected one labelled example in ${join(folder, taskFiles.example)}, such as\n${exampleForm}`,
    );
  if (other !== undefined) throw new FlagError(`expected one of ${path} and ${other}, got both`);
  return path;
}

/** The one object of a `.json` file, or the first line of a `.jsonl` file. */
async function readExample(path: string): Promise<Example> {
  const text = decodeUtf8(readFollowed(path), path);
  const [first] = path.endsWith(taskFiles.exampleLines) ? toLines(text) : [];
  const where = first ? `${path}:${first.number}` : path;
  return parseExample(parseObjectLine(first?.line ?? text, where), where);
}
