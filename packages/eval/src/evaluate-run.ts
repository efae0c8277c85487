import { join } from "node:path";
import {
  countLabels,
  type Desk,
  ExpectedError,
  endings,
  type Flags,
  hasSplit,
  isAbsentPartner,
  isDone,
  type LoadedSplit,
  loadSplit,
  openBackend,
  places,
  type Run,
  readManifest,
  redact,
  type Task,
  toEvaluationFolder,
  toJsonl,
  toRunName,
  toTrainingFolder,
  writeAtomic,
  writeEnding,
} from "@seedling/core";
import {
  type Classifier,
  cutInput,
  hashClassifier,
  hashExamples,
  loadClassifier,
  loadTrainingData,
  openFrozen,
  type TrainingManifest,
  trainingFiles,
  trainingManifestSchema,
} from "@seedling/trainer";
import { type EvaluationManifest, evaluationManifest, type Item, toItem } from "./evaluation.ts";
import { renderDevAccuracy } from "./own-ending.ts";
import {
  countShares,
  type IsClose,
  type Others,
  openAskedIn,
  openTrainedOn,
  toShares,
} from "./shares.ts";

/**
 * Evaluates a run's one classifier on its test sets, those that are not done: in-domain,
 * cross-domain, and what `--test-on` adds. A run without a classifier is passed over: why it has
 * none is told of already. A test set that fails does not stop the others.
 */
export async function evaluateRun(run: Run, desk: Desk): Promise<void> {
  const training = await readManifest(
    join(toTrainingFolder(run), endings.done),
    trainingManifestSchema,
  );
  if (!training) return;
  if (run.task.own && !run.tests.includes(run.task))
    desk.notice(`${toRunName(run)}: ${renderDevAccuracy(run, training)}`);
  const folder = join(toTrainingFolder(run), trainingFiles.classifier);
  const weights = await hashClassifier(folder);
  const opened = openOnce(folder, run, desk);
  const trained = openTrainedOnce(run, training, desk);
  try {
    for (const test of run.tests) {
      const name = `${toRunName(run)} on ${test.name}`;
      try {
        if (await isAbsentPartner(run.task, test, run.data)) {
          desk.notice(`${name}: not evaluated, ${run.data.root} has no test split of it`);
          continue;
        }
        const split = await loadSplit(test, "test", run.data, desk);
        const inputs = { classifier: weights, test: split.sha256 };
        if (await isDone(toEvaluationFolder(run, test), evaluationManifest, inputs)) continue;
        const others = { dev: await openDev(test, run, desk), train: await trained() };
        const items = await answer(await opened.classifier(), split, run.flags.input, others);
        const shared = others.train ? countShares(items) : null;
        write(run, test, items, toManifest(run, test, training, { split, items, shared, inputs }));
        const right = items.filter((item) => item.right).length;
        desk.notice(`${name}: ${right} of ${items.length} right`);
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        const message = redact(error.message, desk.env);
        desk.notice(`failed: ${name}: ${message}`);
        const at = new Date().toISOString();
        writeEnding(toEvaluationFolder(run, test), "failed", { error: message, at });
      }
    }
  } finally {
    await opened.close();
  }
}

function openOnce(folder: string, { flags }: Run, { notice }: Desk) {
  let opened: Promise<Classifier> | null = null;
  const cacheDir = join(flags.results, "cache", "embeddings");
  return {
    classifier() {
      opened ??= openBackend({ force: flags.backend }).then((backend) =>
        loadClassifier(folder, {
          backend,
          openEmbed: (named) => openFrozen(named, { cacheDir, modelsDir: places.models, notice }),
        }),
      );
      return opened;
    },
    async close() {
      await (await opened?.catch(() => null))?.dispose();
    },
  };
}

/** The search for questions of a test set's own dev split. */
async function openDev(test: Task, { data }: Run, desk: Desk): Promise<IsClose> {
  const there = await hasSplit(test, "dev", data);
  return openAskedIn(there ? (await loadSplit(test, "dev", data, desk)).examples : []);
}

/** The search for what was trained on, opened when it is asked for; null: that is not at hand any more. */
function openTrainedOnce(run: Run, training: TrainingManifest, desk: Desk) {
  let opened: Promise<IsClose | null> | null = null;
  const open = async () => {
    const data = await loadTrainingData(run, desk).catch((error: unknown) => {
      if (error instanceof ExpectedError) return null;
      throw error;
    });
    const same = data && hashExamples(data.train) === training.inputs.train;
    return same ? openTrainedOn(data.train, run.flags.nearOverlap) : null;
  };
  return () => {
    opened ??= open();
    return opened;
  };
}

async function answer(
  classifier: Classifier,
  { examples }: LoadedSplit,
  input: Flags["input"],
  others: Others,
): Promise<Item[]> {
  const predictions = await classifier.predict(examples.map((one) => cutInput(one, input)));
  return examples.map((example, row) => {
    const prediction = predictions[row];
    if (!prediction) throw new RangeError(`no prediction for row ${row}`);
    return { ...toItem(example, prediction, row), ...toShares(example, others) };
  });
}

function write(run: Run, test: Task, items: Item[], manifest: EvaluationManifest): void {
  const folder = toEvaluationFolder(run, test);
  writeAtomic(join(folder, manifest.items), toJsonl(items));
  writeEnding(folder, "done", manifest);
}

function toManifest(
  run: Run,
  test: Task,
  training: TrainingManifest,
  facts: { split: LoadedSplit; items: Item[] } & Pick<EvaluationManifest, "inputs"> &
    Pick<EvaluationManifest["test"], "shared">,
): EvaluationManifest {
  const { split, items, shared, inputs } = facts;
  const { options } = test;
  const { seeds, data, completions, train, student, conditions, dev } = training;
  return {
    version: 1,
    stage: "evaluate",
    task: run.task.name,
    source: run.source,
    seeds,
    data,
    completions,
    train,
    dev: { source: dev.source, n: dev.n, accuracy: dev.accuracy, collapsed: dev.collapsed },
    student,
    conditions,
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
        ...(test.own && { mark: test.mark }),
      },
      file: split.path,
      shared,
    },
    items: "items.jsonl",
    inputs,
    createdAt: new Date().toISOString(),
  };
}
