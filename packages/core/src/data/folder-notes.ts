import { basename, join } from "node:path";
import { ExpectedError } from "../messages/errors.ts";
import { renderCount, renderWhole } from "../messages/render-numbers.ts";
import { type Columns, type FoundColumns, fieldNames } from "./columns.ts";
import { readRows } from "./rows.ts";
import { findSplitFile, listFiles } from "./split-files.ts";
import { checkSplit } from "./split-form.ts";
import { taskFiles } from "./task-file.ts";
import { checkOptions, type Split, type Task } from "./tasks.ts";

const splits: readonly Split[] = ["train", "dev", "test"];

/**
 * Reads the splits of an own task's folder from end to end, and logs how they are read, where that is not by the
 * usual names, and what is not used.
 * @param others paths of files that are used for something else
 * @throws ExpectedError with file and line for what does not fit, before anything is asked or trained
 */
export async function logFolder(
  task: Task,
  folder: string,
  others: readonly (string | null)[],
  log: (line: string) => void,
) {
  const { columns = null, labels, own } = task;
  const found = [];
  for (const split of splits) {
    const path = findSplitFile(folder, split);
    if (path === null) continue;
    const read = await checkSplit(path, { columns, labels }, (example, where) =>
      checkOptions(example, task, where),
    );
    found.push({ split, file: basename(path), ...read });
  }
  const files = found.map(({ split, file, rows, found }) => {
    const isNamed = file.toLowerCase().startsWith(`${split}.`);
    return `${file} (${isNamed ? "" : `the ${split} split, `}${renderCount(rows, "row")}${renderColumns(found)})`;
  });
  const isUsual = found.every(
    ({ split, file, found }) => file === `${split}.jsonl` && renderColumns(found) === "",
  );
  const train = found.find(({ split }) => split === "train");
  const isDrawn = own?.examples.length === 0;
  if (!isUsual || isDrawn)
    log(
      [
        `${task.name}: ${files.join(", ")}`,
        labels ? renderCount(labels.length, "label") : "options of each example's own",
        ...(isDrawn ? [`the formatting example is drawn from ${train?.file}`] : []),
      ].join("; "),
    );
  const used = [...Object.values(taskFiles), ...found.map(({ file }) => file)];
  const columnsOf = found.flatMap(({ file, found: { unused } }) =>
    unused.length > 0 ? [`${renderNames("column", unused)} of ${file}`] : [],
  );
  const free = listFiles(folder).filter(
    (file) => !used.includes(file) && !others.includes(join(folder, file)),
  );
  const unused = [...columnsOf, ...(free.length > 0 ? [renderNames("file", free)] : [])];
  if (unused.length > 0) log(`${task.name}: not used: ${unused.join("; ")}`);
}

/** Logs the columns of a file of `--created` that are not used; what does not fit is its training's to say. */
export function logCreated(path: string, columns: Columns | null, log: (line: string) => void) {
  const onColumns = ({ unused }: FoundColumns) => {
    if (unused.length > 0) log(`--created ${path}: not used: ${renderNames("column", unused)}`);
  };
  // The first row shows them.
  try {
    for (const _ of readRows(path, { columns, onColumns })) return;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
  }
}

/** Names the columns that have other names than their parts. */
function renderColumns(found: FoundColumns): string {
  const named = fieldNames.flatMap((field) =>
    found[field] === undefined || found[field] === field ? [] : [`${field}: ${found[field]}`],
  );
  return named.length > 0 ? `, ${named.join(", ")}` : "";
}

const mostNames = 5;

function renderNames(what: string, names: readonly string[]): string {
  const more = names.length > mostNames ? ` and ${renderWhole(names.length - mostNames)} more` : "";
  const shown = names.slice(0, mostNames).map((name) => name || '""');
  return `${what}${names.length > 1 ? "s" : ""} ${shown.join(", ")}${more}`;
}
