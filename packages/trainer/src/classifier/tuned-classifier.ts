import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "@seedling/core/internal";
import { type Checkpoint, checkpointFiles, tokenizerFiles } from "../checkpoint/checkpoint.ts";
import { writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { addOffsets } from "../data/shares.ts";
import { type EncoderConfig, parseEncoderConfig } from "../encoder/encoder-config.ts";
import type { Ops } from "../encoder/ops.ts";
import { listParameters, openEncoder, type Parameter } from "../encoder/parameters.ts";
import { scoreTokenItems } from "../tune/model.ts";
import { tokenizeExamples } from "../tune/token-items.ts";
import { createClassifier, type ScoreExamples } from "./classifier.ts";
import { copyClassifier, copyInside, type TunedFacts, writeFacts } from "./facts.ts";
import { describeLabels } from "./hub-files.ts";

/** Chooses the head of a classifier: its family's own, or a dense layer on the mean of the tokens. */
export function chooseEncoderHead(
  { head, classes }: Pick<TunedFacts, "head" | "classes">,
  { ownHeads }: EncoderConfig,
) {
  const own = ownHeads[classes ? "classes" : "choice"];
  return { own: head === "own" ? own : null, outputs: classes?.length ?? 1 };
}

/**
 * Loads a tuned classifier whose facts were read.
 * @throws ExpectedError if a file is missing or damaged, or a tensor does not fit
 */
export async function loadTunedClassifier(folder: string, facts: TunedFacts, ops: Ops) {
  return createTunedClassifier(folder, facts, await openTunedModel(folder, facts, ops));
}

/** Creates a classifier of a tuned model, which it owns from then on. */
export function createTunedClassifier(
  folder: string,
  { classes, input, temperature, threshold }: TunedFacts,
  { score, dispose }: Awaited<ReturnType<typeof openTunedModel>>,
) {
  const save = (to: string) => copyClassifier(folder, to);
  return createClassifier({ classes, input, temperature, threshold, save, dispose }, score);
}

/** Opens a tuned classifier's weights: what gives examples their scores, before a temperature. */
export async function openTunedModel(folder: string, facts: TunedFacts, ops: Ops) {
  const { classes, input, offsets } = facts;
  const choose = (config: EncoderConfig) => chooseEncoderHead(facts, config);
  const mend = "train the classifier again";
  const { config, tokenizer, held } = await openEncoder(folder, ops, choose, mend);
  const model = { ops, config, head: choose(config), weights: held.weights };
  const maxLength = Math.min(facts.maxLength, config.maxPositions);
  const score: ScoreExamples = async (examples, progress) => {
    const reading = { classes, tokenizer, maxLength, input };
    const { items, truncated } = tokenizeExamples(examples, reading);
    const scores = await scoreTokenItems(model, items, progress);
    return { scores: addOffsets(scores, offsets), truncated };
  };
  return { score, dispose: async () => held.dispose() };
}

/**
 * Writes a classifier in the format of transformers, config.json and model.safetensors with the hub's
 * names and the tokenizer's files, and with them classifier.json.
 * @param source what it was tuned from
 * @param read a parameter's values, row by row
 */
export async function saveTunedClassifier(
  folder: string,
  facts: TunedFacts,
  source: Pick<Checkpoint, "folder" | "config">,
  read: (name: string) => Promise<Float32Array>,
): Promise<void> {
  for (const name of tokenizerFiles)
    if (existsSync(join(source.folder, name)))
      await copyInside(join(source.folder, name), join(folder, name));
  const config = parseEncoderConfig(source.config, source.folder);
  const head = chooseEncoderHead(facts, config);
  const parameters = listParameters(config, head);
  const tensors = new Map(parameters.flatMap((parameter) => splitTensors(parameter, read)));
  await writeSafetensors(join(folder, checkpointFiles.weights), tensors, { format: "pt" });
  const hubConfig = `${JSON.stringify(createHubConfig(source.config, config, facts), null, 2)}\n`;
  writeAtomic(join(folder, checkpointFiles.config), hubConfig);
  writeFacts(folder, facts);
}

/** Creates the hub's configuration: the class in transformers, and the names of the labels. */
function createHubConfig(
  hubConfig: Checkpoint["config"],
  config: EncoderConfig,
  facts: TunedFacts,
): Record<string, unknown> {
  const { head, classes } = facts;
  const task = classes ? "ForSequenceClassification" : "ForMultipleChoice";
  return {
    ...hubConfig,
    // transformers has no head on the mean: it loads the encoder alone.
    architectures: [config.family.className + (head === "own" ? task : "Model")],
    ...(hubConfig.dtype !== undefined && { dtype: "float32" }),
    ...(hubConfig.torch_dtype !== undefined && { torch_dtype: "float32" }),
    ...describeLabels(classes),
  };
}

/** Splits a parameter into the hub's tensors: its rows, part by part. */
function splitTensors(
  { name, shape, hub }: Parameter,
  read: (name: string) => Promise<Float32Array>,
) {
  const [rows = 0, ...rest] = shape;
  const part = [rows / hub.length, ...rest];
  const size = part.reduce((product, n) => product * n, 1);
  return hub.map((hubName, index) => {
    const data = async () => (await read(name)).slice(index * size, (index + 1) * size);
    return [hubName, { shape: part, data }] as const;
  });
}
