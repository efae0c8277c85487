import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { decodeUtf8, hashValue } from "../logs/files.ts";
import { readFollowed } from "../logs/open-inside.ts";
import { callCommand, isFolder } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import type { Columns } from "./columns.ts";
import { createExampleParser, type Example, parseObjectLine, toRecord } from "./example.ts";
import { parseExamples } from "./read-examples.ts";
import { createObjectReader } from "./rows.ts";
import { findSplitFile } from "./split-files.ts";
import { readForm } from "./split-form.ts";
import { exampleForm, readTaskFile, taskFiles } from "./task-file.ts";
import { checkForm, type Form, type Task } from "./tasks.ts";

/**
 * Reads a task of the user's own from its folder: `task.json` and labelled examples that show the form. Where a train
 * split is there, both may be left out: then its labels are the options, and the example is drawn from it. Its
 * partners stay as they are written.
 * @param given the columns of its splits, before those of `task.json`
 * @throws ExpectedError, with the forms to choose from where `task.json` is missing or damaged
 */
export async function readOwnTask(folder: string, given: Columns | null = null): Promise<Task> {
  if (!isFolder(folder) && existsSync(folder))
    throw new FlagError(
      `expected a task's folder, got the file ${folder}; in a folder of its own, as train${extname(folder)}, it is a task`,
    );
  if (!isFolder(folder))
    throw new FlagError(
      `no folder ${folder}; ${callCommand("new-task")} ${folder} makes a task there`,
    );
  const train = findSplitFile(folder, "train");
  const { name, described, descriptions, instruction, partners, ...file } = readTaskFile(
    folder,
    train !== null,
  );
  const columns = given ?? file.columns;
  const examplePath = findExample(folder);
  const drawn =
    train !== null && (file.options === null || examplePath === null)
      ? await readForm(train, columns, file.options, described)
      : null;
  const options = file.options ?? drawn?.options ?? "varying";
  const other = described.find((one) => options === "varying" || !options.includes(one));
  if (other !== undefined)
    throw new FlagError(
      `${join(folder, taskFiles.task)}: labels: expected labels among the options, got ${JSON.stringify(other)}`,
    );
  if (examplePath === null && train === null)
    throw new FlagError(
      `expected one labelled example in ${join(folder, taskFiles.example)}, such as\n${exampleForm}`,
    );
  const labels = options === "varying" ? null : options;
  const examples =
    examplePath === null ? [] : readFormattingExamples(examplePath, { columns, options: labels });
  const [example] = examples;
  const form: Form = {
    options: labels === null ? "varying" : "fixed",
    optionCount: labels?.length ?? example?.options.length ?? drawn?.optionCount ?? 0,
    labels,
    context: example ? example.context !== null : (drawn?.context ?? false),
  };
  for (const one of examples)
    checkForm(
      one,
      form,
      examplePath ?? "",
      file.options ? `as in ${taskFiles.task}` : "as in the train split",
    );
  const meaning = {
    example: example ? toRecord(example) : null,
    options,
    instruction,
    ...(descriptions && { descriptions }),
    ...(columns && { columns }),
  };
  return {
    name,
    ...form,
    trainSize: null,
    partners,
    folder,
    ...(columns && { columns }),
    fingerprint: hashValue(meaning).slice(0, 12),
    own: { examples, examplePath, instruction, descriptions },
  };
}

function findExample(folder: string): string | null {
  const names = [taskFiles.example, taskFiles.exampleLines];
  const [path = null, other] = names
    .map((name) => join(folder, name))
    .filter((candidate) => existsSync(candidate));
  if (other !== undefined) throw new FlagError(`expected one of ${path} and ${other}, got both`);
  return path;
}

/**
 * Reads the examples that show the form: one object of JSON, which may stand over several lines, or the rows of a
 * file of another form.
 * @param where the file as errors name it; left out: its path
 * @throws ExpectedError
 */
export function readFormattingExamples(
  path: string,
  how: { columns?: Columns | null | undefined; options: readonly string[] | null },
  where = path,
): Example[] {
  const text = decodeUtf8(readFollowed(path), where);
  const isRows = [".jsonl", ".csv", ".tsv"].includes(extname(path).toLowerCase());
  if (!isRows) {
    const read = createObjectReader({ columns: how.columns, required: ["question", "label"] });
    const value = read(parseObjectLine(text.trim(), where), where);
    return [createExampleParser(how.options)(value, where)];
  }
  const examples = parseExamples(text, where, how);
  if (examples.length > 0) return examples;
  throw new FlagError(`${where}: expected one labelled example or more, got none`);
}
