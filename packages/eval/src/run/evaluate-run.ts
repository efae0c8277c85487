import { join } from "node:path";
import {
  type Context,
  countLabels,
  describeMachine,
  ExpectedError,
  endings,
  hasSplit,
  isAbsentPartner,
  isDone,
  type LoadedSplit,
  loadSplit,
  type Run,
  readManifest,
  redact,
  sha256,
  sources,
  type Task,
  toEvaluationFolder,
  toJsonl,
  toRunName,
  toTrainingFolder,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { trainingManifestSchema } from "@seedling/trainer/internal";
import { openClassifierPredictor } from "../predict/classifier-predictor.ts";
import { openDirectPredictor } from "../predict/direct-predictor.ts";
import { countShares, type IsClose, openAskedIn, toShares } from "../predict/overlap.ts";
import type { Predictor } from "../predict/predictor.ts";
import {
  type EvaluationManifest,
  evaluationManifestSchema,
  itemsFile,
  type TestItem,
} from "../results/evaluation.ts";
import { renderDevAccuracy } from "./own-ending.ts";

/**
 * Evaluates a run on its test sets, those that are not done: in-domain, cross-domain, and what
 * `--test-on` adds. A run without a classifier, or without answers, is passed over: why it has none
 * is told of already. A test set that fails does not stop the others.
 */
export async function evaluateRun(run: Run, ctx: Context): Promise<void> {
  const answerer = sources[run.source].trains
    ? await open(run, ctx)
    : await openDirectPredictor(run);
  if (!answerer) return;
  try {
    for (const test of run.tests) {
      const name = `${toRunName(run)} on ${test.name}`;
      try {
        if (await isAbsentPartner(run.task, test, run.data)) {
          ctx.log(`${name}: not evaluated, ${run.data.root} has no test split of it`);
          continue;
        }
        const said = await evaluateOn(test, run, answerer, ctx);
        if (said !== null) ctx.log(`${name}: ${said}`);
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        const message = redact(error.message, ctx.env);
        ctx.log(`failed: ${name}: ${message}`);
        const at = new Date().toISOString();
        writeEnding(toEvaluationFolder(run, test), "failed", { error: message, at });
      }
    }
  } finally {
    await answerer.close();
  }
}

/** Opens a run's classifier, if it was trained; where there is no test split its dev accuracy is told. */
async function open(run: Run, ctx: Context): Promise<Predictor | null> {
  const path = join(toTrainingFolder(run), endings.done);
  const training = await readManifest(path, trainingManifestSchema);
  if (!training) return null;
  if (run.task.own && !run.tests.includes(run.task))
    ctx.log(`${toRunName(run)}: ${renderDevAccuracy(run, training)}`);
  return openClassifierPredictor(run, training, ctx);
}

/** @returns what came of it, in words; null: it was done before, or there is nothing to answer by */
async function evaluateOn(
  test: Task,
  run: Run,
  answerer: Predictor,
  ctx: Context,
): Promise<string | null> {
  const by = await answerer.inputs(test);
  if (by === null) return null;
  const split = await loadSplit(test, "test", run.data, ctx);
  const inputs = { ...by, test: split.sha256 };
  const folder = toEvaluationFolder(run, test);
  if (await isDone(folder, evaluationManifestSchema, inputs)) return null;
  const others = { dev: await openDev(test, run, ctx), train: await answerer.trained() };
  const answered = await answerer.answer(test, split);
  const items = answered.map((item, row): TestItem => {
    const example = split.examples[row];
    return example ? { ...item, ...toShares(example, others) } : item;
  });
  const shared = others.train ? countShares(items) : null;
  const text = toJsonl(items);
  const outputs = { [itemsFile]: sha256(text) };
  const manifest = toManifest(run, test, answerer, { split, items, shared, inputs, outputs });
  writeAtomic(join(folder, itemsFile), text);
  writeEnding(folder, "done", manifest);
  return `${manifest.test.correct} of ${items.length} right`;
}

/** The search for questions of a test set's own dev split. */
async function openDev(test: Task, { data }: Run, ctx: Context): Promise<IsClose> {
  const there = await hasSplit(test, "dev", data);
  return openAskedIn(there ? (await loadSplit(test, "dev", data, ctx)).examples : []);
}

function toManifest(
  run: Run,
  test: Task,
  answerer: Predictor,
  facts: { split: LoadedSplit; items: TestItem[] } & Pick<
    EvaluationManifest,
    "inputs" | "outputs"
  > &
    Pick<EvaluationManifest["test"], "shared">,
): EvaluationManifest {
  const { split, items, shared, inputs, outputs } = facts;
  const { options } = test;
  const unreadable = items.filter(({ predicted }) => predicted === "").length;
  return {
    version: 1,
    stage: "evaluate",
    task: run.task.name,
    source: run.source,
    data: answerer.data(split),
    ...answerer.facts,
    test: {
      task: test.name,
      kind: test === run.task ? "in-domain" : "cross-domain",
      n: items.length,
      correct: items.filter(({ right }) => right).length,
      options,
      optionCount: split.examples[0]?.options.length ?? 0,
      labels: options === "fixed" ? countLabels(split.examples) : null,
      data: {
        kind: split.kind,
        verified: split.verified,
        ...(test.own && { mark: test.fingerprint }),
      },
      file: split.path,
      shared,
      ...(!sources[run.source].trains && { unreadable }),
    },
    items: itemsFile,
    inputs,
    outputs,
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
}
