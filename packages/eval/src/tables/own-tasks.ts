import { renderCount, renderPercent, sources } from "@seedling/core/internal";
import { index, max } from "d3-array";
import type { CreationRun, EvaluationRun, Results, TrainingRun } from "../results/results.ts";
import { mostShared } from "../statistics/constant.ts";
import { listCellRows } from "./accuracy-table.ts";
import type { Analysis } from "./analysis.ts";
import { sortBy } from "./cells.ts";
import { describeControl, isPart } from "./groups.ts";
import { isOwn } from "./labels.ts";
import { poolAgreement } from "./made.ts";
import { renderInterval } from "./numbers.ts";
import type { CellRow } from "./rows.ts";

/** A task of the user's own, and what is known of the classifier that a user would take. */
export type OwnTask = ReturnType<typeof listOwnTasks>[number];

/** The own tasks of a results folder, by name. */
export function listOwnTasks(view: Analysis, results: Results) {
  const made = [...results.evaluations, ...results.trainings, ...results.creations];
  const names = new Set(made.flatMap(({ manifest }) => (isOwn(manifest) ? manifest.task : [])));
  return [...names].sort().map((name) => describeOwnTask(name, view, results));
}

function describeOwnTask(name: string, view: Analysis, results: Results) {
  const isOf = ({ manifest }: { manifest: TrainingRun["manifest"] | CreationRun["manifest"] }) =>
    manifest.task === name && isOwn(manifest);
  const listRows = (number: 3 | 4) =>
    listCellRows(view.tables[number]).filter(({ cell }) => cell.task === name && isOwn(cell));
  const rows = listRows(3);
  const byPath = index(results.evaluations, ({ path }) => path);
  const listRuns = (row: CellRow) => row.cell.runs.flatMap(({ path }) => byPath.get(path) ?? []);
  const main = chooseMain(rows, listRuns);
  const runs = main ? listRuns(main) : [];
  const trainings = results.trainings.filter(isOf);
  const [evaluated] = runs;
  const training = evaluated
    ? trainings.find(({ path }) => path === evaluated.training)
    : chooseTraining(trainings);
  const creations = results.creations.filter(isOf);
  const made = evaluated?.creation ?? findCreated(training);
  return {
    name,
    /** Where the task's files are; null: an earlier version did not write it. */
    folder: [...trainings, ...creations].find(isOf)?.manifest.taskFolder ?? null,
    /** On the task's own test split, and on others. */
    rows,
    elsewhere: listRows(4),
    /** The row that the headline is of; null: there is no test split yet. */
    main,
    /** Its runs, which differ in their seeds; the first one's training and creation stand for all. */
    runs,
    /** The runs of any row. */
    listRuns,
    training: training ?? null,
    creation:
      creations.find(({ path }) => path === made) ?? (training ? null : (creations[0] ?? null)),
    creations,
    /** The language model's own answers to the test split. */
    direct: rows.find(({ cell }) => cell.source === "direct") ?? null,
    answers:
      results.answers.find(({ manifest }) => manifest.task === name && manifest.test === name) ??
      null,
  };
}

/** The classifier that a user would take: no control where there is another, of created data before human, the last made. */
function chooseMain(rows: readonly CellRow[], listRuns: (row: CellRow) => EvaluationRun[]) {
  const trained = rows.filter(({ cell }) => sources[cell.source].trains);
  const made = (row: CellRow) =>
    max(listRuns(row), ({ manifest }) => Date.parse(manifest.createdAt)) ?? 0;
  const first = sortBy(trained, (row) => [
    row.control !== null,
    sources[row.cell.source].isHuman,
    -made(row),
  ])[0];
  return first ?? null;
}

function chooseTraining(trainings: readonly TrainingRun[]): TrainingRun | undefined {
  const whole = trainings.filter(({ manifest }) => !isPart(manifest));
  return sortBy(whole, ({ manifest }) => [
    describeControl(manifest) !== null,
    sources[manifest.source].isHuman,
    -Date.parse(manifest.createdAt),
  ])[0];
}

/** The creation that a training names among its inputs. */
function findCreated(training: TrainingRun | undefined): string | undefined {
  const inputs = Object.keys(training?.manifest.inputs ?? {});
  return inputs.find((path) => path.startsWith("creations/"))?.replace(/\/[^/]*$/, "");
}

/**
 * What is to be known first of an own task: a figure, what it is of, what it stands beside, and what casts a doubt
 * on it. Plain text.
 */
export function describeHeadline({ main, rows, direct, training, creation }: OwnTask) {
  if (main === null) return describeUntested(training, creation, rows.length > 0);
  const { accuracy, interval, test, seeds, baseline, metrics, inTraining, beatsConstant } =
    main.cell;
  const { chance, bestConstant } = baseline;
  const over = seeds > 1 ? `, the mean of ${seeds} runs` : "";
  const isMany = chance === null && test.optionCount > 2;
  return {
    figure: renderPercent(accuracy),
    of: `of ${renderCount(test.n, "test item")} right${over} (95 % interval ${renderInterval(interval)})`,
    beside: [
      chance !== null && `A guess is right on ${renderPercent(chance)}.`,
      bestConstant !== null &&
        `Always giving the best constant answer is right on ${renderPercent(bestConstant)}.`,
      direct &&
        `The language model asked directly is right on ${renderPercent(direct.cell.accuracy)} (${renderInterval(direct.cell.interval)}).`,
      isMany &&
        `Balanced accuracy ${renderPercent(metrics.balancedAccuracy ?? 0)}, macro-F1 ${renderPercent(metrics.macroF1 ?? 0)}.`,
      describeAgreement(creation),
    ].filter((text) => typeof text === "string"),
    doubts: [
      !beatsConstant &&
        `Not shown to be better than ${chance === null ? "the constant answer" : "a guess"} (one-sided, 95 %).`,
      main.cell.collapsed > 0 &&
        `It gives one and the same answer to everything${seeds > 1 ? ` in ${main.cell.collapsed} of ${seeds} runs` : ""}.`,
      (inTraining ?? 0) > mostShared * test.n &&
        `${renderCount(Math.round(inTraining ?? 0), "test item")} of ${test.n} stand in the training data, or nearly: on new texts expect less.`,
      main.cell.stale > 0 && "The test file has changed since.",
    ].filter((text) => typeof text === "string"),
  };
}

/** @param isSplit whether there is a test split, which only others than a trained classifier answered */
function describeUntested(
  training: TrainingRun | null,
  creation: CreationRun | null,
  isSplit: boolean,
) {
  const agreement = creation && findAgreement(creation);
  return {
    figure: agreement ? renderPercent(agreement.value) : "Not tested",
    of: agreement
      ? `of the created labels agree with the model's own blind answers (${renderCount(agreement.n, "example")}, 95 % interval ${renderInterval(agreement)})${agreement.replaced}`
      : "how often the classifier is right on real texts is not known",
    beside: [
      training &&
        `On the ${renderCount(training.manifest.dev.n, "example")} that it was chosen by, ${training.manifest.dev.source === "created" ? "which the model itself labelled, " : ""}${renderPercent(training.manifest.dev.accuracy)} are right.`,
    ].filter((text) => typeof text === "string"),
    doubts: [
      isSplit
        ? "No trained classifier has answered the test items yet."
        : "There is no test split: only texts of real use, labelled by a person, show how good it is. Fifty do for a first figure.",
    ],
  };
}

function describeAgreement(creation: CreationRun | null): string | false {
  const agreement = creation && findAgreement(creation);
  return (
    agreement !== null &&
    `Of the created labels ${renderPercent(agreement.value)} agree with the model's own blind answers (${renderInterval(agreement)})${agreement.replaced}.`
  );
}

/** How many created labels agree with the blind answers of the label check; null: not checked. */
function findAgreement(creation: CreationRun) {
  const agreement = poolAgreement([creation]);
  const isReplaced = creation.manifest.labelCheck?.relabelled !== undefined;
  return agreement && { ...agreement, replaced: isReplaced ? ", which are the labels now" : "" };
}
