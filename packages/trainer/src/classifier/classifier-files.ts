import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError, sha256, toMessage, writeAtomic } from "@seedling/core";
import { z } from "zod";
import type { Head } from "../head/head.ts";
import { openSafetensors } from "../safetensors/open-safetensors.ts";
import { type WrittenTensor, writeSafetensors } from "../safetensors/write-safetensors.ts";

const configName = "config.json";
const weightsName = "model.safetensors";

const configSchema = z
  .object({
    format: z.literal("seedling-classifier-1"),
    kind: z.enum(["classes", "choice"]),
    /** As given: "use-lite", a folder or a hub id. */
    encoder: z.string().min(1),
    /** Tokens a text is cut to. */
    maxLength: z.number().int().positive(),
    /** The length of the encoder's vectors. */
    dimensions: z.number().int().positive(),
    /** The class names, in the order of the head's outputs; null for a choice. */
    classes: z.array(z.string()).min(2).nullable(),
    createdBy: z.string(),
  })
  .refine(({ kind, classes }) => (kind === "classes") === (classes !== null), {
    message: "classes go with kind classes and null with choice",
  });

/** A classifier at rest. */
export interface SavedClassifier {
  encoder: string;
  maxLength: number;
  classes: string[] | null;
  /** What made it, such as "seedling 0.1.0". */
  createdBy: string;
  head: Head;
}

/** Writes config.json and model.safetensors into a folder. Equal classifiers give equal bytes. */
export async function saveClassifier(dir: string, classifier: SavedClassifier): Promise<void> {
  const { encoder, maxLength, classes, createdBy, head } = classifier;
  const { kind, dimensions, outputs, weight, bias } = head;
  const config: z.infer<typeof configSchema> = {
    format: "seedling-classifier-1",
    kind,
    encoder,
    maxLength,
    dimensions,
    classes,
    createdBy,
  };
  const tensors = new Map<string, WrittenTensor>([
    ["head.weight", { shape: [dimensions, outputs], data: weight }],
  ]);
  if (bias) tensors.set("head.bias", { shape: [outputs], data: bias });
  await writeSafetensors(join(dir, weightsName), tensors);
  writeAtomic(join(dir, configName), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Reads what saveClassifier wrote.
 * @throws ExpectedError naming the file, what was expected and what came
 */
export async function readClassifier(dir: string): Promise<SavedClassifier> {
  const configPath = join(dir, configName);
  const config = parseConfig((await readExpected(configPath)).toString(), configPath);
  const { kind, dimensions, classes } = config;
  const outputs = classes?.length ?? 1;

  const path = join(dir, weightsName);
  const weights = await openSafetensors(path, "train the classifier again");
  const take = async (name: string, ...shape: number[]): Promise<Float32Array> => {
    const found = weights.tensors.get(name);
    const data = found?.shape.join() === shape.join() ? await weights.read(name) : null;
    if (data?.every(Number.isFinite)) return data;
    throw new ExpectedError(
      `${path}: expected ${name} with shape [${shape}] and finite values, ` +
        `got ${found ? `shape [${found.shape}]` : "none"}`,
    );
  };
  try {
    const weight = await take("head.weight", dimensions, outputs);
    const bias = kind === "classes" ? await take("head.bias", outputs) : null;
    return { ...config, head: { kind, dimensions, outputs, weight, bias } };
  } finally {
    await weights.close();
  }
}

function parseConfig(text: string, path: string): z.infer<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : toMessage(cause);
    throw new ExpectedError(`${path}: expected a classifier's config: ${reason}`, { cause });
  }
}

async function readExpected(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ExpectedError(`cannot read ${path}: ${toMessage(cause)}`, { cause });
  }
}

/** The hash of a classifier's two files. */
export async function hashClassifier(folder: string): Promise<string> {
  const names = [configName, weightsName];
  const files = await Promise.all(names.map((name) => readExpected(join(folder, name))));
  return sha256(files.map((file) => sha256(file)).join());
}
