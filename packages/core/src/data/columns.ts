import { z } from "zod";
import { ExpectedError } from "../messages/errors.ts";
import { renderTexts } from "./example.ts";

/** The parts of an example in a file. */
export const fieldNames = ["question", "context", "options", "label"] as const;

export type Field = (typeof fieldNames)[number];

/** The columns of a table, or keys of JSON, that parts of an example stand in, where a user names them. */
export type Columns = Partial<Record<Field, string>>;

const column = z.string().min(1, "expected a column's name").optional();

/** Columns as task.json names them; `text` is another word for the question. */
export const columnsSchema = z
  .strictObject({ text: column, question: column, context: column, options: column, label: column })
  .transform(
    ({ text, question = text, context, options, label }): Columns => ({
      ...(question && { question }),
      ...(context && { context }),
      ...(options && { options }),
      ...(label && { label }),
    }),
  );

/** The names that parts have otherwise, the first that is there: two texts may be a premise and a hypothesis. */
export const usualNames: Record<Field, readonly string[]> = {
  question: ["question", "text", "hypothesis"],
  context: ["context", "premise"],
  options: ["options"],
  label: ["label"],
};

/** The columns of a file that are read, by the parts in them, and those that are not. */
export type FoundColumns = Columns & { unused: string[] };

/**
 * Finds which columns hold the parts of an example. The given names count if the file has all of them, or some and
 * a column without a usual name besides; else, and for parts that are not given, usual names are looked for: as they
 * are written, then in any case.
 * @param names of the file's columns, or the keys of its first object
 * @param required parts without which nothing can be read
 * @throws ExpectedError where some of the given ones are there and others are not, or a required part is missing
 */
export function findColumns(
  names: readonly string[],
  given: Columns | null,
  required: readonly Field[],
  where: string,
): FoundColumns {
  const wanted = Object.values(given ?? {});
  const isWhole = wanted.every((name) => names.includes(name));
  const usual = fieldNames.flatMap((field) => usualNames[field]);
  const isUsual = names.every((name) => usual.includes(name.toLowerCase()));
  const isGiven = wanted.some((name) => names.includes(name)) && (isWhole || !isUsual);
  if (isGiven && !isWhole)
    throw new ExpectedError(
      `${where}: expected the columns ${renderTexts(wanted)}, got ${renderTexts(names)}`,
    );
  const free = isGiven ? names.filter((name) => !wanted.includes(name)) : names;
  const find = (name: string) =>
    free.find((one) => one === name) ?? free.find((one) => one.toLowerCase() === name);
  const columns: Columns = {};
  for (const field of fieldNames) {
    const own = isGiven ? given?.[field] : undefined;
    const found = own ?? usualNames[field].map(find).find((name) => name !== undefined);
    if (found !== undefined) columns[field] = found;
  }
  const missing = required.filter((field) => columns[field] === undefined);
  if (missing.length > 0)
    throw new ExpectedError(
      `${where}: expected ${missing.map((field) => usualNames[field].slice(0, 2).join(" or ")).join(" and ")}, got the columns ${renderTexts(names)}; name yours by --columns TEXT,LABEL, or in task.json: "columns": {"text": "...", "label": "..."}`,
    );
  const used = Object.values(columns);
  return { ...columns, unused: names.filter((name) => !used.includes(name)) };
}
