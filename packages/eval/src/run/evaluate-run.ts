import { join } from "node:path";
import {
  type Context,
  countLabels,
  describeMachine,
  ExpectedError,
  hashLines,
  hasSplit,
  type LoadedSplit,
  LockedError,
  loadSplit,
  mean,
  type Run,
  redact,
  renderCount,
  renderJsonLines,
  renderPercent,
  sources,
  type Task,
  toEvaluationFolder,
  toRunName,
  wilsonInterval,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import type { TrainingManifest } from "@seedling/trainer/internal";
import { rollup } from "d3-array";
import { countShares, createDevOverlap, findShares } from "../predict/overlap.ts";
import type { Predictor } from "../predict/predictor.ts";
import {
  type EvaluationManifest,
  itemsFile,
  type TestItem,
} from "../results/evaluation-manifest.ts";
import { createItemColumns } from "../results/results.ts";
import { judgeAnswers } from "../statistics/constant.ts";
import { renderFixedPercent, renderInterval } from "../tables/numbers.ts";
import { renderEvaluation } from "./evaluation-line.ts";
import { planEvaluations } from "./plan-evaluations.ts";

/**
 * Evaluates a run on its test sets, those that are not done: in-domain, cross-domain, and what
 * `--test-on` adds. A run without a classifier, or without answers, is passed over: an earlier stage has said why.
 * A test set that fails does not stop the others.
 * @throws LockedError if an evaluation is that of another folder of its name
 */
export async function evaluateRun(run: Run, ctx: Context): Promise<void> {
  const { predictor, evaluations } = await planEvaluations(run, ctx);
  if (!predictor) return;
  try {
    for (const plan of evaluations) {
      const name = `${toRunName(run)} on ${plan.test.name}`;
      if (plan.state === "absent") ctx.log(`${name}: not evaluated, ${plan.why}`);
      if (plan.state !== "todo" && plan.state !== "cannot start") continue;
      try {
        if (plan.state === "cannot start") throw plan.error;
        const { items, manifest } = await evaluateOn(plan.test, run, predictor, plan.inputs, ctx);
        ctx.log(`${name}: ${renderEvaluation(manifest)}${renderUnreadable(run, items)}`);
      } catch (error) {
        if (!(error instanceof ExpectedError) || error instanceof LockedError) throw error;
        const message = redact(error.message, ctx.env);
        ctx.log(`failed: ${name}: ${message}`);
        const at = new Date().toISOString();
        writeEnding(toEvaluationFolder(run, plan.test), "failed", { error: message, at });
      }
    }
  } finally {
    await predictor.dispose();
  }
}

/** Counts and names the items whose scores are no numbers; empty: there are none. */
function renderUnreadable({ source }: Run, items: readonly TestItem[]): string {
  const rows = items.filter(({ predicted }) => predicted === "").map(({ row }) => row);
  if (!sources[source].trains || rows.length === 0) return "";
  const more = rows.length > 5 ? " ..." : "";
  return `; ${renderCount(rows.length, "item")} without an answer, the scores are no numbers: row ${rows.slice(0, 5).join(", ")}${more} of ${itemsFile}`;
}

/** Evaluates on one test set, and writes items and manifest. */
async function evaluateOn(
  test: Task,
  run: Run,
  predictor: Predictor,
  known: Record<string, string>,
  ctx: Context,
): Promise<{ items: TestItem[]; manifest: EvaluationManifest }> {
  const split = await loadSplit(test, "test", run.data, ctx);
  const dev = (await hasSplit(test, "dev", run.data))
    ? (await loadSplit(test, "dev", run.data, ctx)).examples
    : [];
  const others = { dev: createDevOverlap(dev), train: await predictor.loadTrainingOverlap() };
  const predicted = await predictor.predict(test, split);
  const items = split.examples.map((example, row) => ({
    ...(predicted[row] as TestItem),
    ...findShares(example, others),
  }));
  const folder = toEvaluationFolder(run, test);
  writeAtomic(join(folder, itemsFile), renderJsonLines(items));
  const manifest: EvaluationManifest = {
    version: 1,
    stage: "evaluate",
    task: run.task.name,
    ...(test.folder && { taskFolder: test.folder }),
    source: run.source,
    data: predictor.data(split),
    ...predictor.facts,
    test: describeTest(test, run, split, items, others.train !== null),
    items: itemsFile,
    inputs: { ...known, test: split.sha256 },
    outputs: { [itemsFile]: hashLines(join(folder, itemsFile)) },
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
  writeEnding(folder, "done", manifest);
  return { items, manifest };
}

function describeTest(
  test: Task,
  { task, source }: Run,
  { examples, kind, verified, path }: LoadedSplit,
  items: readonly TestItem[],
  isTrainingKnown: boolean,
): EvaluationManifest["test"] {
  const count = (is: (item: TestItem) => boolean) => items.filter(is).length;
  const isDirect = sources[source].asksModel && !sources[source].trains;
  const unreadable = count(({ predicted }) => predicted === "");
  const optionCounts = rollup(
    examples,
    (same) => same.length,
    ({ options }) => options.length,
  );
  return {
    ...(test.columns && { columns: test.columns }),
    task: test.name,
    kind: test === task ? "in-domain" : "cross-domain",
    n: items.length,
    correct: count(({ right }) => right),
    options: test.options,
    optionCount: examples[0]?.options.length ?? 0,
    ...(optionCounts.size > 1 && { optionCounts: Object.fromEntries(optionCounts) }),
    labels: test.options === "fixed" ? countLabels(examples) : null,
    data: { kind, verified, ...(test.own && { mark: test.fingerprint }) },
    file: path,
    shared: isTrainingKnown ? countShares(items) : null,
    judged: judgeAnswers(
      createItemColumns(items),
      test.options === "fixed" ? null : mean(examples.map(({ options }) => 1 / options.length)),
    ),
    ...((isDirect || unreadable > 0) && { unreadable }),
  };
}

/**
 * What is known of a classifier that no test split was at hand for: its accuracy on the dev split,
 * called what it is.
 */
export function renderDevAccuracy({ task }: Run, training: Trained): string {
  const { n, accuracy, constant } = training.dev;
  const interval = renderInterval(wilsonInterval(accuracy, n));
  const beside = constant === undefined ? "" : `, a constant answer ${renderPercent(constant)}`;
  const figure = `${renderFixedPercent(accuracy, 1)} % (${interval})${beside}`;
  return `no test.jsonl in ${task.folder}: accuracy on ${describeDev(training)}: ${figure}`;
}

type Trained = Pick<TrainingManifest, "source" | "train"> & {
  dev: Omit<TrainingManifest["dev"], "loss" | "collapsed">;
};

function describeDev({ source, train, dev }: Trained): string {
  const examples = renderCount(dev.n, "example");
  if (dev.source === "human") return `dev.jsonl, ${examples} that the classifier was chosen by`;
  if (dev.source === "folds") {
    const { isHuman, isFile } = sources[source];
    const whose = isHuman || isFile ? "" : ", labelled by the model itself";
    return `${examples} of training${whose}, each answered by a fit to four fifths without it`;
  }
  if (sources[source].isHuman) return `a tenth of train.jsonl that was held out, ${examples}`;
  if (sources[source].isFile) return `a tenth of the file that was held out, ${examples}`;
  return train.human > 0
    ? `the created dev split, ${examples} labelled by the model itself or by a human`
    : `the created dev split, ${examples} the model itself labelled`;
}
