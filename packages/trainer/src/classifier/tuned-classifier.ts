import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { exists, writeAtomic } from "@seedling/core/internal";
import { checkpointFiles, openCheckpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderTokenizer } from "../checkpoint/tokenizer.ts";
import { writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { findClassIndices } from "../data/examples.ts";
import { type EncoderConfig, loadConfigAndTokenizer } from "../encoder/encoder-config.ts";
import { type EncoderHead, listHeadParameters } from "../encoder/encoder-head.ts";
import type { Ops } from "../encoder/ops.ts";
import {
  type FrozenWeights,
  listParameters,
  loadParameter,
  openFrozenWeights,
  type Parameter,
} from "../encoder/parameters.ts";
import { scoreTokenItems } from "../tune/model.ts";
import { tokenizeExamples } from "../tune/token-items.ts";
import { type Classifier, createClassifier, toOptionPrediction } from "./classifier.ts";
import { classifierFiles, renderFacts, type TunedFacts } from "./facts.ts";

/** A fully tuned encoder with its head, its weights to be read one after the other. */
export interface SavedTuned {
  facts: Omit<TunedFacts, "format" | "tune">;
  /** The folder that it was tuned from, for the tokenizer's files. */
  source: string;
  /** The hub's configuration that it was tuned from. */
  hubConfig: Record<string, unknown>;
  config: EncoderConfig;
  head: EncoderHead;
  parameters: readonly Parameter[];
  /** A parameter's values, row by row. */
  read(name: string): Promise<Float32Array>;
}

/** The head of a classifier: its family's own, or a dense layer on the mean of the tokens. */
export function chooseEncoderHead(
  { kind, head, classes }: Pick<TunedFacts, "kind" | "head" | "classes">,
  { family }: EncoderConfig,
): EncoderHead {
  return { own: head === "own" ? family.heads[kind] : null, outputs: classes?.length ?? 1 };
}

/** What a tuned classifier predicts with. */
interface TunedParts extends Pick<SavedTuned, "facts" | "config" | "head"> {
  ops: Ops;
  tokenizer: EncoderTokenizer;
  /** Opens the weights, when first asked. */
  openWeights: () => Promise<FrozenWeights>;
  save: Classifier["save"];
  dispose: () => Promise<void>;
}

/** Creates a classifier of a tuned encoder; it frees the weights that it opened. */
export function createTunedClassifier(parts: TunedParts): Classifier {
  const { facts, config, head, ops, tokenizer, save } = parts;
  const { kind, classes, input } = facts;
  const maxLength = Math.min(facts.maxLength, config.maxPositions);
  let opened: Promise<FrozenWeights> | null = null;
  return createClassifier({
    classes,
    input,
    async predictOptions(examples, progress) {
      const indices = examples.map((example) => classes && findClassIndices(example, classes));
      const { sequences } = tokenizeExamples(examples, { kind, tokenizer, maxLength, input });
      opened ??= parts.openWeights();
      const { weights } = await opened;
      const items = sequences.map((own) => ({ sequences: own }));
      const scores = await scoreTokenItems({ ops, config, head, weights }, items, progress);
      return scores.map((own, row) => toOptionPrediction(own, indices[row] ?? null));
    },
    save,
    async dispose() {
      (await opened)?.dispose();
      await parts.dispose();
    },
  });
}

/**
 * Loads a tuned classifier whose facts were read.
 * @throws ExpectedError if a file is missing or damaged, or a tensor does not fit
 */
export async function loadTunedClassifier(
  folder: string,
  facts: TunedFacts,
  ops: Ops,
  save: Classifier["save"],
): Promise<Classifier> {
  const checkpoint = await openCheckpoint(folder, "train the classifier again");
  try {
    const { config, tokenizer } = await loadConfigAndTokenizer(checkpoint);
    const head = chooseEncoderHead(facts, config);
    const parameters = [...listParameters(config), ...listHeadParameters(head, config)];
    const weights = await openFrozenWeights(ops, parameters, (parameter) =>
      loadParameter(checkpoint, config, parameter),
    );
    const openWeights = async () => weights;
    const dispose = async () => weights.dispose();
    return createTunedClassifier({
      facts,
      config,
      head,
      ops,
      tokenizer,
      openWeights,
      save,
      dispose,
    });
  } finally {
    await checkpoint.close();
  }
}

/** Files of a tokenizer, of which a model has some. */
const tokenizerFiles = [
  checkpointFiles.tokenizer,
  checkpointFiles.tokenizerConfig,
  checkpointFiles.specialTokens,
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "sentencepiece.bpe.model",
];

/**
 * Writes a classifier in the format of transformers, config.json and model.safetensors with the hub's
 * names and the tokenizer's files, and with them classifier.json.
 */
export async function saveTunedClassifier(folder: string, tuned: SavedTuned): Promise<void> {
  const { facts, source, config, parameters, read } = tuned;
  await mkdir(folder, { recursive: true });
  for (const name of tokenizerFiles)
    if (await exists(join(source, name))) await copyFile(join(source, name), join(folder, name));
  const tensors = new Map(parameters.flatMap((parameter) => splitTensors(parameter, config, read)));
  await writeSafetensors(join(folder, checkpointFiles.weights), tensors, { format: "pt" });
  const hubConfig = `${JSON.stringify(createHubConfig(tuned), null, 2)}\n`;
  writeAtomic(join(folder, checkpointFiles.config), hubConfig);
  const { input, ...rest } = facts;
  const whole = { format: "seedling-classifier-2", tune: "full", ...rest, input } as const;
  writeAtomic(join(folder, classifierFiles.facts), renderFacts(whole));
}

/** Creates the hub's configuration: the class in transformers, and the names of the labels. */
function createHubConfig({ hubConfig, config, facts }: SavedTuned): Record<string, unknown> {
  const { className } = config.family;
  const task = facts.kind === "classes" ? "ForSequenceClassification" : "ForMultipleChoice";
  const { classes } = facts;
  const labels = classes && {
    id2label: Object.fromEntries(classes.map((name, id) => [id, name])),
    label2id: Object.fromEntries(classes.map((name, id) => [name, id])),
    problem_type: "single_label_classification",
  };
  return {
    ...hubConfig,
    // transformers has no head on the mean: it loads the encoder alone.
    architectures: [className + (facts.head === "own" ? task : "Model")],
    ...(hubConfig.dtype !== undefined && { dtype: "float32" }),
    ...(hubConfig.torch_dtype !== undefined && { torch_dtype: "float32" }),
    ...labels,
  };
}

/** Splits a parameter into the hub's tensors: its rows, part by part. */
function splitTensors(
  { name, shape, hub }: Parameter,
  { family }: EncoderConfig,
  read: SavedTuned["read"],
) {
  const [rows = 0, ...rest] = shape;
  const part = [rows / hub.length, ...rest];
  const size = part.reduce((product, n) => product * n, 1);
  const prefix = name.startsWith("head.") ? "" : `${family.prefix}.`;
  return hub.map((hubName, index) => {
    const data = async () => (await read(name)).slice(index * size, (index + 1) * size);
    return [prefix + hubName, { shape: part, data }] as const;
  });
}
