import { join } from "node:path";
import {
  type Context,
  countLabels,
  describeMachine,
  ExpectedError,
  hasSplit,
  type LoadedSplit,
  loadSplit,
  type Run,
  redact,
  sha256,
  sources,
  type Task,
  toEvaluationFolder,
  toJsonl,
  toRunName,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { countShares, createDevOverlap, findShares } from "../predict/overlap.ts";
import type { Predictor } from "../predict/predictor.ts";
import {
  type EvaluationManifest,
  itemsFile,
  type TestItem,
} from "../results/evaluation-manifest.ts";
import { renderDevAccuracy } from "./own-classifier.ts";
import { planEvaluations } from "./plan.ts";

/**
 * Evaluates a run on its test sets, those that are not done: in-domain, cross-domain, and what
 * `--test-on` adds. A run without a classifier, or without answers, is passed over: an earlier stage has said why.
 * A test set that fails does not stop the others.
 */
export async function evaluateRun(run: Run, ctx: Context): Promise<void> {
  const { predictor, training, evaluations } = await planEvaluations(run, ctx);
  if (!predictor) return;
  if (training && run.task.own && !run.tests.includes(run.task))
    ctx.log(`${toRunName(run)}: ${renderDevAccuracy(run, training)}`);
  try {
    for (const plan of evaluations) {
      const name = `${toRunName(run)} on ${plan.test.name}`;
      if (plan.state === "absent") ctx.log(`${name}: not evaluated, ${plan.why}`);
      if (plan.state !== "todo" && plan.state !== "cannot start") continue;
      try {
        if (plan.state === "cannot start") throw new ExpectedError(plan.why);
        const { correct, n } = await evaluateOn(plan.test, run, predictor, plan.inputs, ctx);
        ctx.log(`${name}: ${correct} of ${n} right`);
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
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

/** Evaluates on one test set, and writes items and manifest. */
async function evaluateOn(
  test: Task,
  run: Run,
  predictor: Predictor,
  known: Record<string, string>,
  ctx: Context,
): Promise<EvaluationManifest["test"]> {
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
  const text = toJsonl(items);
  const folder = toEvaluationFolder(run, test);
  const manifest: EvaluationManifest = {
    version: 1,
    stage: "evaluate",
    task: run.task.name,
    source: run.source,
    data: predictor.data(split),
    ...predictor.facts,
    test: describeTest(test, run, split, items, others.train !== null),
    items: itemsFile,
    inputs: { ...known, test: split.sha256 },
    outputs: { [itemsFile]: sha256(text) },
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
  writeAtomic(join(folder, itemsFile), text);
  writeEnding(folder, "done", manifest);
  return manifest.test;
}

function describeTest(
  test: Task,
  { task, source }: Run,
  { examples, kind, verified, path }: LoadedSplit,
  items: readonly TestItem[],
  isTrainingKnown: boolean,
): EvaluationManifest["test"] {
  const count = (is: (item: TestItem) => boolean) => items.filter(is).length;
  return {
    task: test.name,
    kind: test === task ? "in-domain" : "cross-domain",
    n: items.length,
    correct: count(({ right }) => right),
    options: test.options,
    optionCount: examples[0]?.options.length ?? 0,
    labels: test.options === "fixed" ? countLabels(examples) : null,
    data: { kind, verified, ...(test.own && { mark: test.fingerprint }) },
    file: path,
    shared: isTrainingKnown ? countShares(items) : null,
    ...(!sources[source].trains && { unreadable: count(({ predicted }) => predicted === "") }),
  };
}
