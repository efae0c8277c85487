import { dirname, join } from "node:path";
import {
  callCommand,
  computeCalibrationError,
  renderCount,
  renderPercent,
  renderWhole,
  wilsonInterval,
} from "@seedling/core/internal";
import {
  countLeastAnswers,
  readFacts,
  readHeldOut,
  renderCalibration,
  renderThreshold,
  trainingFiles,
} from "@seedling/trainer/internal";
import { html, type Insert } from "../../render/html.ts";
import { attempt } from "../../results/records.ts";
import type { CreationRun, EvaluationRun, Results, TrainingRun } from "../../results/results.ts";
import { findSelection, listSelections, type Selection } from "../../statistics/risk-coverage.ts";
import { listCellRows } from "../../tables/accuracy-table.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { renderInterval } from "../../tables/numbers.ts";
import type { OwnTask } from "../../tables/own-tasks.ts";
import { findAnswerCost } from "../../tables/pay-back.ts";
import type { CellRow } from "../../tables/rows.ts";
import { looks } from "../charts/looks.ts";
import {
  keepFlags,
  renderCharts,
  renderChoice,
  renderMissing,
  type Section,
} from "../page/page.ts";
import { createCoverageChart, createPrice, type Price } from "./coverage.ts";
import { nameClassifier } from "./own-result.ts";
import { createReliabilityChart, type JudgedAnswers } from "./reliability.ts";
import { formatTasks } from "./rows.ts";

/** Benchmarks' rows that can be chosen. */
const mostRows = 20;

const title = "Do its probabilities hold, and what does a threshold give?";

/** Of an own task's classifier: on its test items, else on what was held out at its training; null: no probabilities are stored. */
export function createProbabilitiesSection(
  { main, runs, training, creation, name }: OwnTask,
  results: Results,
): Omit<Section, "id"> | null {
  const [run = null] = runs;
  const content = describeClassifier(
    { id: `own-${name}`, row: main, run, training, creation },
    results,
  );
  return content && { name: "Probabilities", title, content };
}

/** Of the benchmarks' classifiers that were given a temperature or a threshold; null: there are none. */
export function createCalibratedSection(view: Analysis, results: Results): Section | null {
  const rows = listCellRows(view.tables[3], view.tables[4]).filter(
    ({ cell: { conditions } }) =>
      conditions.calibration === "temperature" || conditions.maxError !== undefined,
  );
  const contents = rows.slice(0, mostRows).flatMap((row) => {
    const { task, test, id, runs } = row.cell;
    const run = results.evaluations.find(({ path }) => path === runs[0]?.path) ?? null;
    const training = results.trainings.find(({ path }) => path === run?.training) ?? null;
    const creation = results.creations.find(({ path }) => path === run?.creation) ?? null;
    const content = describeClassifier({ id, row, run, training, creation }, results);
    const name = `${formatTasks(task, test.task)}: ${nameClassifier(row)}`;
    // A choice's own names are not on paper, and cut on a phone.
    const shown = html`<p class="note">${keepFlags(name)}</p>\n${content}`;
    return content ? [{ name, content: shown }] : [];
  });
  const more =
    rows.length > mostRows &&
    html`<p class="note">The first ${mostRows} of ${rows.length} rows can be chosen.</p>\n`;
  return contents.length === 0
    ? null
    : {
        id: "calibrated",
        name: "Probabilities",
        title,
        content: [renderChoice({ choice: "Classifier", contents }), more],
      };
}

interface Shown {
  id: string;
  /** null: it was not tested. */
  row: CellRow | null;
  /** The row's run that is shown: a threshold is one classifier's. */
  run: EvaluationRun | null;
  training: TrainingRun | null;
  creation: CreationRun | null;
}

function describeClassifier(
  { id, row, run, training, creation }: Shown,
  results: Results,
): Insert[] | null {
  const folder = training && join(results.dir, training.path, trainingFiles.classifier);
  const test = run?.items.confidence.every(Number.isNaN) === false ? run : null;
  const answers: JudgedAnswers | null =
    test?.items ?? (folder === null ? null : attempt(() => readHeldOut(folder)));
  const n = answers?.right.length ?? 0;
  if (answers === null || n === 0) return null;
  const { direct, cost } = findModel(test, creation, results);
  const price = createPrice(cost);
  const all = listSelections(answers, direct?.items.right ?? null);
  const facts = folder === null ? null : attempt(() => readFacts(folder));
  const stored = facts?.threshold;
  const threshold = stored ? { ...stored, left: findSelection(all, stored.value) } : null;
  const { conditions, dev } = training?.manifest ?? {};
  const plain = test?.items.uncalibrated;
  const of = renderCount(n, test ? "test item" : "held-out example");
  const chart = {
    of,
    origins: row ? [row.labels.originWord] : [],
    look: looks[row?.role ?? training?.manifest.source ?? "file"],
  };
  const sentences = [
    test && `On the ${of}: ${describeError(test, training)}.`,
    training && describeFitted(training),
    stored && `${renderThreshold(stored).replace(/^l/, "L")}.`,
    stored === null &&
      conditions?.maxError !== undefined &&
      `No threshold held for --max-error ${conditions.maxError}: every text gets a label.`,
    test && threshold && describeTested(threshold.left, n, row),
    threshold && threshold.left.given < n && describeAsked(threshold.left, n, direct, price),
  ];
  return [
    (row?.cell.seeds ?? 1) > 1 &&
      html`<p class="note">Of one of the row's ${row?.cell.seeds} runs: <code>${run?.path}</code>.</p>\n`,
    !test &&
      html`<p class="note">There are no test items: this is of what was held out at the training, by which it was chosen too.</p>\n`,
    html`<ul class="beside">${sentences.map((text) => text && html`<li>${text}</li>`)}</ul>\n`,
    folder !== null &&
      facts !== null &&
      stored === undefined &&
      offerThreshold(folder, dev?.n ?? 0),
    renderCharts([
      createReliabilityChart({ ...chart, id: `reliability-${id}` }, [
        { name: plain ? "with the temperature" : "as given", answers },
        ...(plain
          ? [{ name: "without it", answers: { confidence: plain, right: answers.right } }]
          : []),
      ]),
      createCoverageChart({ ...chart, id: `coverage-${id}` }, all, n, {
        price,
        threshold: threshold && { value: threshold.value, given: threshold.left.given },
        maxError: Number(stored?.maxError ?? conditions?.maxError ?? Number.NaN),
      }),
    ]),
  ];
}

/** The calibration error on test items, without the temperature and with it. */
function describeError({ items }: EvaluationRun, training: TrainingRun | null): string {
  const { confidence, uncalibrated, right } = items;
  const after = computeCalibrationError(confidence, right);
  const calibration = training?.manifest.calibration;
  if (!calibration || !uncalibrated)
    return `calibration error ${renderPercent(after)}, without a temperature`;
  const before = computeCalibrationError(uncalibrated, right);
  return renderCalibration({ ...calibration, before, after });
}

/** The same on what the temperature was fitted to. */
function describeFitted({ manifest: { calibration, dev } }: TrainingRun): string | undefined {
  return (
    calibration &&
    `On ${dev.source === "folds" ? "the folds" : "dev"} (${renderCount(dev.n, "example")}), where the temperature was fitted: ${renderCalibration(calibration)}.`
  );
}

/** @param heldOut examples that were held out at the training */
function offerThreshold(folder: string, heldOut: number): Insert {
  const maxError = 0.05;
  const least = countLeastAnswers(maxError);
  const isEnough = heldOut >= least;
  const where = isEnough ? "" : `, in ${least} labelled texts or more that it was not trained on`;
  return renderMissing(
    `No threshold is set: every text gets a label. This finds one${where}:`,
    `${callCommand("threshold")} ${JSON.stringify(folder)} --max-error ${maxError}${isEnough ? "" : " --data FILE"}`,
  );
}

/** The language model's own answers to the same test items, and what one answer takes. */
function findModel(test: EvaluationRun | null, creation: CreationRun | null, results: Results) {
  const direct =
    results.evaluations.find(
      ({ manifest: { source, inputs } }) =>
        source === "direct" && test !== null && inputs.test === test.manifest.inputs.test,
    ) ?? null;
  const names = Object.keys(direct?.manifest.inputs ?? {});
  const folders = names.filter((name) => name.startsWith("answers/")).map(dirname);
  const answers = results.answers.find(({ path }) => folders.includes(path)) ?? null;
  return { direct, cost: findAnswerCost(creation, answers) };
}

function describeTested({ given, wrong }: Selection, n: number, row: CellRow | null): string {
  const labels = `Of the ${renderCount(n, "test item")} ${renderWhole(given)} get a label at that threshold (${renderPercent(given / n)})`;
  if (given === 0) return `${labels}.`;
  const { chance = null, bestConstant = null } = row?.cell.baseline ?? {};
  const beside = [
    chance !== null && `, of guesses ${renderPercent(1 - chance)}`,
    bestConstant !== null && `, of the best constant answer ${renderPercent(1 - bestConstant)}`,
  ].find((text) => text !== false);
  return `${labels}, ${renderWhole(wrong)} of them wrong: ${renderPercent(wrong / given)} (95 % interval ${renderInterval(wilsonInterval(wrong / given, given))})${beside ?? ""}.`;
}

/** What comes of it if the language model answers the others, as far as its answers and their price are known. */
function describeAsked(
  { given, wrongOfAll }: Selection,
  n: number,
  direct: EvaluationRun | null,
  price: Price,
): string {
  const render = (right: number) =>
    `${renderPercent(right / n)} (95 % interval ${renderInterval(wilsonInterval(right / n, n))})`;
  return [
    `The language model can be asked about the other ${renderWhole(n - given)} (predict --ask-below).`,
    direct &&
      wrongOfAll !== null &&
      `Then of all ${renderWhole(n)} are right ${render(n - wrongOfAll)}; by the model alone ${render(direct.manifest.test.correct)}.`,
    price &&
      `It takes ${price.render(1 - given / n)} ${price.unit}, for all of them ${price.render(1)}.`,
  ]
    .filter((text) => typeof text === "string")
    .join(" ");
}
