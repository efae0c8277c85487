import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  endings,
  type Run,
  renderTexts,
  sources,
  toRunName,
  toTrainingFolder,
  wilsonInterval,
} from "@seedling/core/internal";
import { type TrainingManifest, trainingFiles } from "@seedling/trainer/internal";
import { renderFixedPercent, renderInterval } from "../tables/numbers.ts";

/**
 * What is known of a classifier that no test split was at hand for: its accuracy on the dev split,
 * called what it is.
 */
export function renderDevAccuracy({ task }: Run, training: Trained): string {
  const { n, accuracy } = training.dev;
  const interval = renderInterval(wilsonInterval(accuracy, n));
  const figure = `${renderFixedPercent(accuracy, 1)} % (${interval})`;
  return `no test.jsonl in ${task.folder}: accuracy on ${describeDev(training)}: ${figure}`;
}

type Trained = Pick<TrainingManifest, "source" | "train"> & {
  dev: Omit<TrainingManifest["dev"], "loss" | "collapsed">;
};

function describeDev({ source, train, dev }: Trained): string {
  const { n } = dev;
  if (dev.source === "human") return `dev.jsonl, ${n} examples that the classifier was chosen by`;
  if (sources[source].isHuman) return `a tenth of train.jsonl that was held out, ${n} examples`;
  if (sources[source].isFile) return `a tenth of the file that was held out, ${n} examples`;
  return train.human > 0
    ? `the created dev split, ${n} examples labelled by the model itself or by a human`
    : `the created dev split, ${n} examples the model itself labelled`;
}

/** Where the classifiers of own tasks are, and how to use one; empty if there are none. */
export function renderClassifiers(runs: readonly Run[]): string[] {
  const trained = runs.filter(
    (run) => run.task.own && existsSync(join(toTrainingFolder(run), endings.done)),
  );
  const lines = trained.map((run) => `The classifier of ${toRunName(run)}: ${toFolder(run)}`);
  const [first] = trained;
  return first ? [...lines, "How to use it, in this repository:", ...renderUse(first)] : [];
}

function toFolder(run: Run): string {
  return join(toTrainingFolder(run), trainingFiles.classifier);
}

/** A command that asks a run's classifier, and the same in TypeScript. */
function renderUse(run: Run): string[] {
  const { context = null, options = [] } = run.task.own?.example ?? {};
  const parts = [
    'question: "..."',
    context !== null && 'context: "..."',
    run.task.options === "varying" && `options: ${renderTexts(options)}`,
  ].filter(Boolean);
  const example = parts.length > 1 ? `{ ${parts.join(", ")} }` : '"..."';
  const folder = JSON.stringify(toFolder(run));
  const words = [
    `npm run predict -- --classifier ${folder} --text "..."`,
    context !== null && '--context "..."',
    run.task.options === "varying" && '--options "...,..."',
  ];
  return [
    `  ${words.filter(Boolean).join(" ")}`,
    '  import { loadClassifier } from "@seedling/trainer";',
    `  console.log(await (await loadClassifier(${folder})).predict(${example}));`,
  ];
}
