import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  checkout,
  endings,
  howToAsk,
  isCreated,
  type Run,
  renderAgreementAdvice,
  renderPercent,
  renderUsd,
  sources,
  toCreationFolder,
  toResultPath,
  toRunName,
  toTrainingFolder,
} from "@seedling/core/internal";
import { adviseShares, trainingFiles } from "@seedling/trainer/internal";
import { group, rollup } from "d3-array";
import { callReview, renderUse } from "../report/page/commands.ts";
import type { Results } from "../results/results.ts";
import { type AccuracyTable, listCellRows } from "../tables/accuracy-table.ts";
import { renderInterval } from "../tables/numbers.ts";
import type { CellRow } from "../tables/rows.ts";
import { renderDevAccuracy } from "./evaluate-run.ts";

/**
 * Renders the last lines of a command, after its tables: sentences under a heading each. What a stage has to say there
 * stands in its manifest, and becomes a sentence here.
 */
export function renderEnding(sections: Record<"numbers" | "files" | "next", string[]>): string[] {
  const headings = { numbers: "Numbers", files: "Files", next: "What to do next" };
  return (Object.keys(headings) as (keyof typeof headings)[])
    .filter((name) => sections[name].length > 0)
    .map((name) =>
      [`\n${headings[name]}`, ...sections[name].map((line) => `  ${line}`)].join("\n"),
    );
}

/** Rows of a task at most; the tables have all. */
const mostRows = 8;

/** Each task's accuracies on its own test items, beside the constant answer; of an own task without these, on dev. */
export function listHeadlines(
  table: Pick<AccuracyTable, "rows">,
  runs: readonly Run[],
  { trainings }: Pick<Results, "trainings">,
): string[] {
  const rows = listCellRows(table);
  const tested = [...group(rows, ({ cell: { task, test } }) => JSON.stringify([task, test]))];
  const untested = runs.flatMap((run) => {
    if (!run.task.own || run.tests.includes(run.task)) return [];
    const training = findTraining(run, trainings);
    return training ? [`${toRunName(run)}: ${renderDevAccuracy(run, training)}`] : [];
  });
  return [...tested.map(([, own]) => renderTask(own as [CellRow])), ...untested];
}

/** `mine (100 test items, best constant 25.0 %): tree 85.0 % (76.7–90.7); human 87.0 % (79.0–92.2)`. */
function renderTask(rows: readonly [CellRow, ...CellRow[]]): string {
  const [{ cell }] = rows;
  const { baseline, test } = cell;
  const { chance, bestConstant } = baseline;
  const students = rollup(
    rows,
    (same) => new Set(same.map(({ labels }) => labels.student)).size,
    ({ labels }) => labels.source,
  );
  const constant = [
    chance !== null && `, chance ${renderPercent(chance)}`,
    bestConstant !== null && `, best constant ${renderPercent(bestConstant)}`,
  ].filter(Boolean);
  const sample = test.data.kind === "sample" ? "SAMPLE " : "";
  const numbers = rows.slice(0, mostRows).map((row) => {
    const { accuracy, interval, seeds, beatsConstant } = row.cell;
    const { source, student } = row.labels;
    const isShared = (students.get(source) ?? 0) > 1;
    const name = [source, isShared && student, seeds > 1 && `${seeds} seeds`];
    const doubt = beatsConstant ? "" : ", NOT BETTER than that";
    return `${name.filter(Boolean).join(", ")} ${renderPercent(accuracy)} (${renderInterval(interval)})${doubt}`;
  });
  const more = rows.length > mostRows ? [`${rows.length - mostRows} more in the tables`] : [];
  return `${cell.task} (${test.n} ${sample}test items${constant.join("")}): ${[...numbers, ...more].join("; ")}`;
}

/** Where the classifiers of own tasks are. */
export function listClassifiers(runs: readonly Run[]): string[] {
  return listTrained(runs).map((run) => `The classifier of ${toRunName(run)}: ${toFolder(run)}`);
}

/** What to do next, a sentence each; the last lines are a program. @param creations those of the runs */
export function listNext(
  runs: readonly Run[],
  { creations, trainings }: Pick<Results, "creations" | "trainings">,
): string[] {
  const untested = runs.find(({ task, tests }) => task.own && !tests.includes(task));
  const [trained] = listTrained(runs);
  return [
    ...(runs.some(({ completions }) => completions?.kind === "sample")
      ? [`These were the bundled sample's rows and replies. For a model's own: ${howToAsk}.`]
      : []),
    ...creations.flatMap(({ path, manifest }) => {
      const folder = join(runs[0]?.flags.results ?? "", path);
      const advice = renderAgreementAdvice(manifest.labelCheck, folder);
      return advice ? [`${path}: ${advice}`] : [];
    }),
    ...(untested
      ? [
          `Label fifty real messages, the only figure to trust: ${callReview(untested.task.folder)}; then the same command again.`,
        ]
      : []),
    ...new Set(runs.flatMap((run) => adviseRun(run, trainings) ?? [])),
    ...offerDirect(runs, { creations, trainings }),
    ...(trained ? describeUse(trained) : []),
  ];
}

/** Names --shares where people's labels are far from equal and the classifier counts all labels the same. */
function adviseRun(run: Run, trainings: Results["trainings"]): string | null {
  const { task, source, flags } = run;
  if (!task.own || run.isBaseline || flags.classWeights !== "balanced" || flags.shares !== null)
    return null;
  const training = findTraining(run, trainings);
  if (!training) return null;
  const { train, dev } = training;
  if (sources[source].isHuman) return train.labels && adviseShares("train", train.labels);
  return dev.source === "human" && dev.labels ? adviseShares("dev", dev.labels) : null;
}

/** Names the row of the language model itself where nobody asked for it, with what it costs at most. */
function offerDirect(
  runs: readonly Run[],
  { creations, trainings }: Pick<Results, "creations" | "trainings">,
): string[] {
  const asked = runs.find(
    (run) =>
      run.task.own &&
      isCreated(run.source) &&
      run.tests.includes(run.task) &&
      run.completions?.kind === "live" &&
      findTraining(run, trainings),
  );
  if (!asked || runs.some(({ source }) => source === "direct")) return [];
  const path = toResultPath(asked.flags.results, toCreationFolder(asked));
  const made = creations.find((one) => one.path === path)?.manifest;
  const each = made?.costUsd && made.replies > 0 ? made.costUsd / made.replies : null;
  const price =
    each === null ? "" : `, ${renderUsd(each)} USD each at most, what a reply of the creation cost`;
  return [
    `What ${asked.flags.model ?? "the model"} itself answers: the same command with --setting ${asked.source},direct, a request for each test item${price}.`,
  ];
}

function findTraining(run: Run, trainings: Results["trainings"]) {
  const path = toResultPath(run.flags.results, toTrainingFolder(run));
  return trainings.find((one) => one.path === path)?.manifest;
}

function listTrained(runs: readonly Run[]): Run[] {
  return runs.filter(
    (run) =>
      run.task.own && !run.isBaseline && existsSync(join(toTrainingFolder(run), endings.done)),
  );
}

function toFolder(run: Run): string {
  return join(toTrainingFolder(run), trainingFiles.classifier);
}

/** A command that asks a run's classifier, and the same in TypeScript. */
function describeUse(run: Run): string[] {
  const { context = null, options = [] } = run.task.own?.examples[0] ?? {};
  const lines = renderUse({
    folder: toFolder(run),
    hasContext: context !== null,
    options: run.task.options === "varying" ? options : null,
  });
  return [
    `Ask its classifier, or from code${checkout ? " (after npm run build)" : ""}:`,
    ...lines.map((line) => `  ${line}`),
  ];
}
