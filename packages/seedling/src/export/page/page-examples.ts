import { basename, join, resolve } from "node:path";
import {
  creationFiles,
  type Example,
  ExpectedError,
  hashRows,
  isAbsent,
  openInside,
  type ReadExamplesOptions,
  readExamples,
  toAnswer,
} from "@seedling/core/internal";
import type { EvaluationManifest } from "@seedling/eval/internal";
import type { TrainingManifest } from "@seedling/trainer/internal";
import type { PageExample } from "./page-facts.ts";

const shown = 10;

/** Examples for a page, and the file that they come from. */
export interface FoundExamples {
  examples: PageExample[];
  file: string;
}

/**
 * Finds ten examples that a classifier can be tried with: of its test set, else of what was created for its training;
 * the first of each label, then the others in their order. A file that is gone or has changed is passed over.
 * @param folder the classifier's, in its training's
 */
export async function findPageExamples(
  folder: string,
  classes: readonly string[] | null,
  manifest: TrainingManifest | null,
  evaluations: readonly EvaluationManifest[],
): Promise<FoundExamples | null> {
  const sources: { file: string; hash: string | undefined; options: ReadExamplesOptions }[] = [];
  for (const { test, inputs } of evaluations)
    if (test.kind === "in-domain" && test.file !== undefined)
      sources.push({ file: test.file, hash: inputs.test, options: { columns: test.columns } });
  for (const [path, hash] of Object.entries(manifest?.inputs ?? {}))
    if (path.startsWith("creations/") && path.endsWith(`/${creationFiles.created}`))
      sources.push({ file: join(findResults(folder), path), hash, options: { open: openInside } });
  for (const { file, hash, options } of sources) {
    const examples = await readSame(file, hash, { options: classes, ...options });
    if (examples.length > 0) return { examples: chooseExamples(examples), file: basename(file) };
  }
  return null;
}

/** Reads a file's examples; none where it is gone, has other bytes than those of the hash, or other labels. */
async function readSame(file: string, hash: string | undefined, options: ReadExamplesOptions) {
  try {
    return hashRows(file) === hash ? await readExamples(file, options) : [];
  } catch (error) {
    if (isAbsent(error) || error instanceof ExpectedError) return [];
    throw error;
  }
}

/** The results folder, from results/trainings/TASK/SOURCE/ID/classifier. */
function findResults(folder: string): string {
  return resolve(folder, "../../../../..");
}

function chooseExamples(all: readonly Example[]): PageExample[] {
  const labels = new Set<string>();
  const isFirst = (example: Example) => {
    const isNew = !labels.has(toAnswer(example));
    labels.add(toAnswer(example));
    return isNew;
  };
  const first = all.filter(isFirst);
  const others = all.filter((example) => !first.includes(example));
  return [...first, ...others]
    .slice(0, shown)
    .map((example) => ({ ...example, label: toAnswer(example) }));
}
