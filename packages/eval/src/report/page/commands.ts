import { join } from "node:path";
import { callCommand, renderTexts, repository } from "@seedling/core/internal";
import { trainingFiles } from "@seedling/trainer/internal";
import type { Results } from "../../results/results.ts";
import { isOwn } from "../../tables/labels.ts";

/** Commands that a reader can copy: of tasks that are here, into the results that are shown. */
export type Commands = ReturnType<typeof createCommands>;

type Run = { manifest: { task: string; taskFolder?: string | undefined; data: { kind: string } } };

export function createCommands({ dir, evaluations, trainings, creations }: Results) {
  const runs: readonly Run[] = [...evaluations, ...trainings, ...creations];
  const benchmarks = runs.filter(({ manifest }) => !isOwn(manifest));
  const main = benchmarks.length > 0 ? benchmarks : runs;
  const tail = dir === join(repository, "results") ? "" : ` --results ${quoteWord(dir)}`;
  const listTasks = (wanted: readonly Run[]) => [
    ...new Set(wanted.map(({ manifest: { task, taskFolder } }) => taskFolder ?? task)),
  ];
  return {
    /**
     * The command of a run. @param flags without task and results
     * @param task a task's name; without it all benchmarks that are here, else own tasks, else BoolQ
     */
    run(flags: string, task?: string): string {
      const its = task === undefined ? main : runs.filter(({ manifest }) => manifest.task === task);
      const data = its.length > 0 ? listTasks(its).map(quoteWord).join(",") : "boolq";
      const sample = its.some(({ manifest }) => manifest.data.kind === "sample") ? " --sample" : "";
      return `${callCommand("experiment")} --data ${data} ${flags}${sample}${tail}`;
    },
    /** The folder of a training's classifier. @param training its path in the results */
    classifier: (training: string) => join(dir, training, trainingFiles.classifier),
  };
}

/** The command that labels a person's own texts as a test split. @param folder of the task, where it is known */
export function callReview(folder: string | null | undefined): string {
  return `${callCommand("review")} FILE --as test${folder ? ` --task ${quoteWord(folder)}` : ""}`;
}

/**
 * A command that asks a classifier, and the same in TypeScript, a line each.
 * @param options of an example, where each has its own; null: all have the classifier's labels
 */
export function renderUse(classifier: {
  folder: string;
  hasContext: boolean;
  options: readonly string[] | null;
}): string[] {
  const { hasContext, options } = classifier;
  const parts = [
    'question: "..."',
    hasContext && 'context: "..."',
    options !== null && `options: ${renderTexts([...options])}`,
  ].filter(Boolean);
  const example = parts.length > 1 ? `{ ${parts.join(", ")} }` : '"..."';
  const folder = JSON.stringify(classifier.folder);
  const words = [
    `${callCommand("predict")} --classifier ${folder} --text "..."`,
    hasContext && '--context "..."',
    options !== null && '--options "...,..."',
  ];
  return [
    words.filter(Boolean).join(" "),
    'import { loadClassifier } from "@seedling/trainer";',
    `console.log(await (await loadClassifier(${folder})).predict(${example}));`,
  ];
}

/** A word for a shell, in double quotes where it holds anything but what never needs them. */
function quoteWord(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : JSON.stringify(word);
}
