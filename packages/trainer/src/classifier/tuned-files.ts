import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError, exists, writeAtomic } from "@seedling/core/internal";
import { z } from "zod";
import { checkpointFiles } from "../checkpoint/checkpoint.ts";
import { writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { inputSchema, toInputFacts } from "../data/examples.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import type { EncoderHead } from "../encoder/encoder-head.ts";
import type { Parameter } from "../encoder/parameters.ts";

/** What `classifier.json` says of a fully tuned classifier; all else stands in the hub's own files. */
export const tunedFactsSchema = z
  .object({
    format: z.literal("seedling-classifier-2"),
    tune: z.literal("full"),
    kind: z.enum(["classes", "choice"]),
    /** What it was tuned from: a hub id, or a folder's name. */
    encoder: z.string().min(1),
    /** Tokens a sequence is cut to. */
    maxLength: z.number().int().positive(),
    /** What of an example is seen at all. */
    input: inputSchema,
    head: z.enum(["own", "mean"]),
    /** The class names, in the order of the head's outputs; null for a choice. */
    classes: z.array(z.string()).min(2).nullable(),
    createdBy: z.string(),
  })
  .refine(({ kind, classes }) => (kind === "classes") === (classes !== null), {
    message: "classes go with kind classes and null with choice",
  });

export type TunedFacts = z.infer<typeof tunedFactsSchema>;

/** A fully tuned classifier, its numbers to be read one after the other. */
export interface SavedTuned {
  facts: Omit<TunedFacts, "format" | "tune">;
  /** The folder that it was tuned from, for the tokenizer's files. */
  source: string;
  /** The hub's configuration that it was tuned from. */
  hubConfig: Record<string, unknown>;
  config: EncoderConfig;
  head: EncoderHead;
  parameters: readonly Parameter[];
  read(name: string): Promise<Float32Array>;
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
 * names and the tokenizer's files, and beside them classifier.json.
 */
export async function saveTuned(dir: string, tuned: SavedTuned): Promise<void> {
  const { facts, source, config, parameters, read } = tuned;
  await mkdir(dir, { recursive: true });
  for (const name of tokenizerFiles)
    if (await exists(join(source, name))) await copyFile(join(source, name), join(dir, name));
  const tensors = new Map(parameters.flatMap((parameter) => toHubTensors(parameter, config, read)));
  await writeSafetensors(join(dir, checkpointFiles.weights), tensors, { format: "pt" });
  writeAtomic(join(dir, checkpointFiles.config), render(toHubConfig(tuned)));
  const { input, ...rest } = facts;
  const whole: z.input<typeof tunedFactsSchema> = {
    format: "seedling-classifier-2",
    tune: "full",
    ...rest,
    ...toInputFacts(input),
  };
  writeAtomic(join(dir, "classifier.json"), render(whole));
}

/** The hub's configuration of the tuned model: its class in transformers, and the names of its labels. */
function toHubConfig({ hubConfig, config, facts }: SavedTuned): Record<string, unknown> {
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

/** A parameter as the hub's tensors: its rows, cut into the hub's parts. */
function toHubTensors(
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

function render(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Parses classifier.json. @throws ExpectedError naming the file and what is wrong */
export function parseTunedFacts(value: unknown, path: string): TunedFacts {
  const parsed = tunedFactsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ExpectedError(
    `${path}: expected the facts of a fully tuned classifier: ${z.prettifyError(parsed.error)}`,
  );
}
