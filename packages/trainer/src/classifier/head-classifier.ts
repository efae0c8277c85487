import { join } from "node:path";
import {
  type Backend,
  bagOfWords,
  createBagOfWords,
  type Embed,
  ExpectedError,
  learnVocabulary,
  openSafetensors,
  toJsonl,
  toText,
} from "@seedling/core/internal";
import { writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { listTexts, type Reading } from "../data/example-texts.ts";
import { addAnswers, balanceClasses } from "../data/examples.ts";
import { dealByLabel, foldCount } from "../data/folds.ts";
import { addOffsets, computeOffsets } from "../data/shares.ts";
import { createOps } from "../encoder/ops.ts";
import {
  checkVectors,
  chooseFeatures,
  countFeatures,
  createEmbedProgress,
  embedExamples,
} from "../features/features.ts";
import { findWeightsDtype, openFrozenEncoder } from "../features/frozen-encoder.ts";
import { computeTruncation, renderTruncation } from "../features/truncation.ts";
import { fitLinear } from "../head/fit-linear.ts";
import { completeMlpOptions, fitMlp } from "../head/fit-mlp.ts";
import {
  type FitData,
  type Head,
  listNumbers,
  listShapes,
  scoreItems,
  shapeHead,
} from "../head/head.ts";
import { choosePenalty, createFitProgress } from "../head/linear-options.ts";
import { type Classifier, createClassifier } from "./classifier.ts";
import { classifierFiles, type HeadFacts, writeFacts } from "./facts.ts";
import { judgeHeldOut, readsHeldOut, writeHeldOut } from "./held-out.ts";
import { embedNames, listNameTexts } from "./names-classifier.ts";
import { summarizeTraining, type TrainedClassifier, type TrainSetup } from "./train-options.ts";

/** Trains a head on a frozen encoder. */
export async function trainHead(setup: TrainSetup): Promise<TrainedClassifier> {
  const { encoder, maxLength, runtime, input, classes, createdBy, backend, log } = setup;
  const dtype = await findWeightsDtype(setup);
  const features = chooseFeatures(classes, setup.features);
  const embed =
    encoder === bagOfWords
      ? learnWords(setup.train, { classes, features, input })
      : await openFrozenEncoder({ ...setup, dtype }, setup);
  try {
    const read = async (name: string, examples: TrainSetup["train"]) => {
      const progress = createEmbedProgress("embedded", log);
      const reading = { classes, features, input };
      const { items, cut, truncated } = await embedExamples(examples, embed, reading, progress);
      const line = renderTruncation(name, examples, truncated);
      if (line) log(`  ${line}`);
      checkVectors(items, examples, name, encoder);
      return { items: addAnswers(examples, items, classes), cut: computeTruncation(cut) };
    };
    const train = await read("train", setup.train);
    const dev = await read("dev", setup.dev);
    const data: FitData = {
      train: train.items,
      dev: dev.items,
      dimensions: countFeatures(features, embed.dimensions),
      outputs: classes?.length ?? 1,
    };
    const names =
      setup.names === "off" || classes === null
        ? null
        : await embedNames(
            listNameTexts(classes, setup.descriptions),
            embed,
            { ...setup, dtype },
            setup,
          );
    const fitted =
      setup.head === "mlp" ? await fitMlpHead(data, setup) : await fitOwnLinear(data, setup, names);
    const { head } = fitted;
    const offsets = moveShares(head, setup);
    const found = readsHeldOut(setup)
      ? judgeHeldOut(
          fitted.outOfFold
            ? { items: data.train, scores: addOffsets(fitted.outOfFold, offsets) }
            : { items: data.dev, scores: await scoreItems(createOps(backend), head, data.dev) },
          setup,
        )
      : null;
    const facts: HeadFacts = {
      tune: "head",
      encoder,
      encoderHash: embed.hash,
      runtime,
      dtype,
      maxLength,
      input,
      features,
      ...(embed.reading && { reading: embed.reading }),
      head: {
        type: head.dense ? "mlp" : "linear",
        dimensions: data.dimensions,
        hidden: head.dense?.outputs ?? null,
        outputs: data.outputs,
      },
      classes,
      createdBy,
      ...found?.facts,
    };
    const classifier = createHeadClassifier(facts, head, embed, backend);
    return {
      ...classifier,
      async save(folder) {
        await classifier.save(folder);
        if (found) writeHeldOut(folder, found.answers);
      },
      training: summarizeTraining(
        { ...fitted.point, ...found?.judged },
        train.cut,
        dev.cut,
        toJsonl(fitted.log),
        { ...(fitted.fit && { fit: fitted.fit }), calibration: found?.calibration },
      ),
    };
  } catch (error) {
    await embed.dispose();
    throw error;
  }
}

/**
 * Moves a head's log-odds to other label shares, in the bias of its outputs.
 * @returns what was added to each; null: nothing
 */
function moveShares(head: Head, { shares, classes, ...trained }: TrainSetup): number[] | null {
  const { bias } = head.output;
  if (!shares || !classes || !bias) return null;
  const offsets = computeOffsets(shares, { ...trained, classes });
  for (const [index, offset] of offsets.entries()) bias[index] = (bias[index] ?? 0) + offset;
  return offsets;
}

async function fitMlpHead(data: FitData, setup: TrainSetup) {
  const train = setup.classWeights === "balanced" ? balanceClasses(data.train) : data.train;
  const fitted = await fitMlp({ ...data, train }, { ...setup, ...completeMlpOptions(setup) });
  return { ...fitted, fit: undefined, outOfFold: null };
}

async function fitOwnLinear(data: FitData, setup: TrainSetup, names: Float32Array[] | null) {
  const { penalty, classWeights, seed } = setup;
  const labels = data.train.map(({ label }) => label);
  const hasOneLabel = new Set(labels).size === 1;
  if (hasOneLabel && names)
    setup.log("  all training examples have one label: the others are known by their names alone");
  const fitted = await fitLinear(data, {
    penalty: penalty === "agreement" ? choosePenalty(setup.agreement) : penalty,
    names,
    choosesNames: setup.names === "choose" && !hasOneLabel,
    isBalanced: classWeights === "balanced",
    folds: setup.hasFolds ? dealByLabel(labels, foldCount, seed) : null,
    progress: createFitProgress(setup.log),
  });
  const isUsual = penalty === "accuracy" && names === null && classWeights === "none";
  const fit = {
    penalty: typeof penalty === "number" ? ("given" as const) : penalty,
    names: fitted.point.names ?? null,
    classWeights,
  };
  return { ...fitted, fit: isUsual ? undefined : fit };
}

/** Learns the words of what is trained on. @throws ExpectedError for a choice among each example's own options */
function learnWords(train: TrainSetup["train"], reading: Reading): Embed {
  if (reading.classes === null)
    throw new ExpectedError(
      `encoder ${bagOfWords}: expected the same labels for every example, got options that vary`,
    );
  const texts = train.flatMap((example) => listTexts(example, reading).flat().map(toText));
  return createBagOfWords(learnVocabulary(texts));
}

/** Writes classifier.json and model.safetensors into a folder. Equal classifiers give equal bytes. */
export async function saveHead(folder: string, facts: HeadFacts, head: Head): Promise<void> {
  const tensors = listNumbers(head).map(
    ({ name, shape, values }) => [`head.${name}`, { shape, data: values }] as const,
  );
  await writeSafetensors(join(folder, classifierFiles.weights), new Map(tensors));
  writeFacts(folder, facts);
}

/**
 * Reads the weights of a head whose facts were read.
 * @throws ExpectedError naming the file, what was expected and what came
 */
export async function readHead(folder: string, { head: facts }: HeadFacts): Promise<Head> {
  const { dimensions, hidden, outputs } = facts;
  const path = join(folder, classifierFiles.weights);
  const weights = await openSafetensors(path, "train the classifier again");
  try {
    const found = new Map<string, Float32Array>();
    for (const [name, shape] of listShapes(dimensions, hidden, outputs))
      found.set(name, await weights.readWeights(`head.${name}`, shape));
    const head = shapeHead(dimensions, hidden, outputs);
    for (const { name, values } of listNumbers(head)) values.set(found.get(name) ?? []);
    return head;
  } finally {
    await weights.close();
  }
}

/** Creates a classifier of a head and its encoder, which it owns from then on. */
export function createHeadClassifier(
  facts: HeadFacts,
  head: Head,
  embed: Embed,
  backend: Pick<Backend, "tf" | "name">,
): Classifier {
  const { input, classes, temperature, threshold } = facts;
  const ops = createOps(backend);
  const save = async (folder: string) => {
    await saveHead(folder, facts, head);
    await embed.saveBeside?.(folder);
  };
  const dispose = () => embed.dispose();
  const parts = { classes, input, temperature, threshold, save, dispose };
  return createClassifier(parts, async (examples, progress) => {
    const { items, truncated } = await embedExamples(examples, embed, facts, progress);
    return { scores: await scoreItems(ops, head, items), truncated };
  });
}
