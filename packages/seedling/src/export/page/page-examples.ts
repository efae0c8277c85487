import { basename, dirname, join } from "node:path";
import {
  creationFiles,
  type Example,
  hashRows,
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
  const attempts: (() => Promise<FoundExamples>)[] = [];
  const add = (file: string, options: ReadExamplesOptions) =>
    attempts.push(async () => {
      const all = await readExamples(file, { options: classes, ...options });
      return { examples: chooseExamples(all), file: basename(file) };
    });
  for (const { test, inputs } of evaluations)
    if (test.kind === "in-domain" && test.file !== undefined && isSame(test.file, inputs.test))
      add(test.file, { columns: test.columns });
  const created = Object.keys(manifest?.inputs ?? {}).find(
    (path) => path.startsWith("creations/") && path.endsWith(`/${creationFiles.created}`),
  );
  if (created) add(join(findResults(folder), created), { open: openInside });
  for (const attempt of attempts) {
    const found = await attempt().catch(() => null);
    if (found && found.examples.length > 0) return found;
  }
  return null;
}

function isSame(file: string, hash: string | undefined): boolean {
  try {
    return hashRows(file) === hash;
  } catch {
    return false;
  }
}

/** The results folder, from results/trainings/TASK/SOURCE/ID/classifier. */
function findResults(folder: string): string {
  return dirname(dirname(dirname(dirname(dirname(folder)))));
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
