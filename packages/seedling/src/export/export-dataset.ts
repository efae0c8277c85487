import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type CreationManifest,
  callCommand,
  creationFiles,
  creationManifestSchema,
  ExpectedError,
  endings,
  hashLines,
  openInside,
  parseRecorded,
  type Recorded,
  type Review,
  readManifest,
  readReview,
  readTextInside,
  recordingFiles,
  sources,
  writeAtomic,
} from "@seedling/core/internal";
import { computeLabelAccuracy } from "@seedling/creator/internal";
import { type ReviewRow, readReviewRows } from "../review/read-rows.ts";
import { renderDatasetCard } from "./dataset-card.ts";
import { type DatasetShape, listKeptColumns, listRejectedColumns } from "./dataset-columns.ts";
import { applyVerdicts } from "./dataset-rows.ts";
import { type DatasetFormat, type DatasetTable, datasetForms } from "./dataset-table.ts";

export interface DatasetOptions {
  /** Default: parquet. */
  format?: DatasetFormat;
  /** As the hub names licences, such as `cc-by-4.0`; left out: `unknown`. */
  license?: string;
}

/** A file that was written, by its path in its folder, with slashes. */
export interface ExportedFile {
  path: string;
  bytes: number;
}

/**
 * Writes a creation as a data set in the hub's layout: `data/train-00000-of-00001.parquet` with the examples as they
 * are trained on, `rejected/train-...` with the rejected candidates and their reasons where there are any, and README.md
 * with what a reader needs to load and to judge them. Equal creations give equal bytes.
 * @param folder the creation's
 * @param to a folder; files of these names in it are replaced
 * @throws ExpectedError naming what is missing, damaged or changed since it was made, or if nothing was kept
 */
export async function exportDataset(
  folder: string,
  to: string,
  { format = "parquet", license = "unknown" }: DatasetOptions = {},
): Promise<ExportedFile[]> {
  const manifest = await readEnding(folder);
  if (sources[manifest.source].isPool)
    throw new ExpectedError(
      `${folder}: expected created examples, got texts of your own that a language model labelled: its created.jsonl is the data set, and no card says whose texts these are`,
    );
  checkFiles(folder, manifest);
  const { created, rejected, labels: found } = readReviewRows(folder);
  const review = readReview(folder);
  const { kept, rejected: left } = applyVerdicts(folder, { created, rejected }, review);
  if (kept.length === 0)
    throw new ExpectedError(`${folder}: expected examples for a data set, none was kept`);
  const contents = [...kept, ...left].map(({ content }) => content);
  const shape: DatasetShape = {
    // Options that repeat a text are no classes.
    labels: found && new Set(found).size === found.length ? found : null,
    hasContext: contents.some((content) => content !== null && content.context !== null),
  };
  const { ending, write } = datasetForms[format];
  const files: ExportedFile[] = [];
  const add = (path: string, data: Uint8Array | string) => {
    writeAtomic(join(to, path), data);
    files.push({ path, bytes: Buffer.byteLength(data) });
  };
  const addSplit = <Row>(name: string, directory: string, table: DatasetTable<Row>) => {
    const path = `${directory}/train${ending}`;
    add(path, write(table));
    const { columns, rows } = table;
    return { name, path, columns, n: rows.length, bytes: files.at(-1)?.bytes ?? 0 };
  };
  const splits = [
    addSplit("default", "data", { columns: listKeptColumns(shape), rows: kept }),
    ...(left.length > 0
      ? [addSplit("rejected", "rejected", { columns: listRejectedColumns(shape), rows: left })]
      : []),
  ];
  const count = (wanted: string) => kept.filter(({ review: said }) => said === wanted).length;
  const card = renderDatasetCard({
    ...{ manifest, license, format, splits, recorded: readRecorded(folder, manifest) },
    labels:
      shape.labels?.map((label) => ({
        label,
        n: kept.filter(({ content }) => content.label === label).length,
      })) ?? null,
    review: {
      accepted: count("accepted"),
      changed: count("changed"),
      added: count("taken in"),
      deleted: created.filter(({ id }) => review.get(id)?.state === "deleted").length,
      accuracy: measureLabels(created, review),
    },
  });
  add("README.md", card);
  return files;
}

/** Reads how a creation ended. @throws ExpectedError if it has not */
async function readEnding(folder: string): Promise<CreationManifest> {
  for (const ending of [endings.done, endings.partial]) {
    const manifest = await readManifest(join(folder, ending), creationManifestSchema);
    if (manifest) return manifest;
  }
  throw new ExpectedError(
    `${folder}: expected ${endings.done} or ${endings.partial} in it, got a creation that has not ended; run its experiment again`,
  );
}

/** @throws ExpectedError if a file is not as the creation wrote it */
function checkFiles(folder: string, { outputs }: CreationManifest): void {
  for (const name of Object.values(creationFiles)) {
    const path = join(folder, name);
    if (outputs[name] === undefined || !existsSync(path)) continue;
    if (hashLines(path, openInside) !== outputs[name])
      throw new ExpectedError(
        `${path}: changed since it was written; run its experiment again, and mend examples by ${callCommand("review")}`,
      );
  }
}

/** Reads what a creation's requests were made of; null: it was a replay whose recording is gone. */
function readRecorded(folder: string, { recording }: CreationManifest): Recorded | null {
  const path = join(recording ?? folder, recordingFiles.flags);
  return existsSync(path) ? parseRecorded(readTextInside(path) ?? "", path) : null;
}

/** How many created labels a person found right without a sight of them; null: none was answered. */
function measureLabels(created: readonly ReviewRow[], review: Review) {
  const answers = created.flatMap(({ id, content }) => {
    const answer = review.get(id)?.answer;
    return content && answer !== undefined ? [{ created: content.label, answer }] : [];
  });
  return computeLabelAccuracy(answers).accuracy;
}
