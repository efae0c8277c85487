import { setImmediate } from "node:timers/promises";
import { readOnce } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";
import type { Columns, FoundColumns } from "./columns.ts";
import { type Example, parseLabelled, renderTexts } from "./example.ts";
import { readExamples } from "./read-examples.ts";
import { readRows } from "./rows.ts";
import { labelsSchema } from "./task-file.ts";
import { haveSameTexts } from "./tasks.ts";
import { explainUnsupported } from "./unsupported.ts";

/**
 * Reads the form that the examples of a train split have: their labels, in the order of the alphabet, or the options
 * that stand in each.
 * @param options that are known already: then its first example is enough
 * @param described labels: where they include all of the split's, they are the options, in their order
 * @throws ExpectedError with file and line
 */
export function readForm(
  path: string,
  columns: Columns | null,
  options: readonly string[] | "varying" | null,
  described: readonly string[],
) {
  return readOnce([path], ["form", columns, options, described], async () => {
    const labels = new Set<string>();
    let own: { options: readonly string[]; isShared: boolean } | null = null;
    let context = true;
    let rows = 0;
    for (const { value, where } of readRows(path, { columns, required: ["question", "label"] })) {
      const row = parseLabelled(value, where);
      context &&= Boolean(row.context);
      if (rows > 0 && (row.options === undefined) !== (own === null))
        throw new ExpectedError(`${where}: expected options in every example, or in none`);
      if (row.options) {
        own ??= { options: row.options, isShared: true };
        own.isShared &&= haveSameTexts(own.options, row.options);
      }
      if (row.label === "") throw new ExpectedError(`${where}: expected a label, got nothing`);
      labels.add(row.label);
      rows += 1;
      if (options !== null) break;
      if (rows % 1000 === 0) await setImmediate();
    }
    if (rows === 0) throw new ExpectedError(`${path}: expected at least one example`);
    const optionCount = own?.options.length ?? labels.size;
    if (options !== null) return { options: null, optionCount, context };
    if (own && !own.isShared) return { options: "varying" as const, optionCount, context };
    const found = own ? [...own.options] : sortLabels(labels);
    const isDescribed = found.every((one) => described.includes(one));
    const unsupported = own || isDescribed ? null : explainUnsupported(labels, rows);
    if (unsupported) throw new ExpectedError(`${path}: ${unsupported}`);
    const all = isDescribed ? described : found;
    const { data, error } = labelsSchema.safeParse(all);
    if (!data)
      throw new ExpectedError(
        `${path}: labels: ${error.issues[0]?.message}, got ${renderTexts(all)}`,
      );
    return { options: data, optionCount, context };
  });
}

/** In the order of the alphabet, the same on every machine. */
function sortLabels(labels: Iterable<string>): string[] {
  const keyed = Array.from(labels, (label) => [label.toLowerCase(), label] as const);
  const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other));
  return keyed.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y)).map(([, label]) => label);
}

/**
 * Reads a split from end to end, as it will be used, so that what does not fit is known before anything is asked.
 * @param check throws where an example is not the task's
 * @returns how many examples there are, and their columns
 * @throws ExpectedError with file and line
 */
export function checkSplit(
  path: string,
  { columns, labels }: { columns: Columns | null; labels: readonly string[] | null },
  check: (example: Example, where: string) => void,
) {
  return readOnce([path], ["check", columns, labels], async () => {
    let found: FoundColumns = { unused: [] };
    const onColumns = (columns: FoundColumns) => {
      found = columns;
    };
    const examples = await readExamples(path, { columns, options: labels, check, onColumns });
    return { rows: examples.length, found };
  });
}
