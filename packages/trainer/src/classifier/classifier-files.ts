import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError, exists, sha256, toMessage, writeAtomic } from "@seedling/core/internal";
import { z } from "zod";
import { openSafetensors } from "../checkpoint/read-safetensors.ts";
import { type WrittenTensor, writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { type Input, inputSchema, toInputFacts } from "../data/examples.ts";
import type { FrozenEncoder } from "../features/frozen-encoder.ts";
import { countInputs, type Head, type Layer } from "../head/head.ts";

/** What a classifier says of itself, its numbers, and the hub's config of a fully tuned one. */
export const classifierFiles = {
  facts: "classifier.json",
  weights: "model.safetensors",
  config: "config.json",
} as const;

const factsSchema = z
  .object({
    format: z.literal("seedling-classifier-2"),
    tune: z.literal("head"),
    kind: z.enum(["classes", "choice"]),
    /** As given: "use-lite", a folder or a hub id. */
    encoder: z.string().min(1),
    runtime: z.enum(["onnx", "tfjs"]),
    /** Number type of onnx weights; null: the first that there is. */
    dtype: z.enum(["fp32", "q8"]).nullable(),
    /** Tokens a text is cut to. */
    maxLength: z.number().int().positive(),
    /** What of an example is seen at all. */
    input: inputSchema,
    /** What the head sees. */
    features: z.enum(["text", "pair"]),
    head: z.object({
      type: z.enum(["linear", "mlp"]),
      /** The length of what it sees. */
      dimensions: z.number().int().positive(),
      /** The width of an MLP's dense layer; null for a linear head. */
      hidden: z.number().int().positive().nullable(),
      outputs: z.number().int().positive(),
    }),
    /** The class names, in the order of the head's outputs; null for a choice. */
    classes: z.array(z.string()).min(2).nullable(),
    createdBy: z.string(),
  })
  .refine(({ kind, classes }) => (kind === "classes") === (classes !== null), {
    message: "classes go with kind classes and null with choice",
  })
  .refine(({ classes, head }) => head.outputs === (classes?.length ?? 1), {
    message: "expected one output for each class, or one for a choice",
  })
  .refine(({ head }) => (head.type === "mlp") === (head.hidden !== null), {
    message: "hidden goes with type mlp and null with linear",
  });

/** A classifier on a frozen encoder, at rest. */
export interface SavedClassifier extends FrozenEncoder {
  input: Input;
  features: "text" | "pair";
  classes: string[] | null;
  /** What made it, such as "seedling 0.1.0". */
  createdBy: string;
  head: Head;
}

/** Writes classifier.json and model.safetensors into a folder. Equal classifiers give equal bytes. */
export async function saveClassifier(dir: string, classifier: SavedClassifier): Promise<void> {
  const { encoder, runtime, dtype, maxLength, input, features, classes, createdBy, head } =
    classifier;
  const facts: z.input<typeof factsSchema> = {
    format: "seedling-classifier-2",
    tune: "head",
    kind: head.kind,
    encoder,
    runtime,
    dtype,
    maxLength,
    ...toInputFacts(input),
    features,
    head: {
      type: head.dense ? "mlp" : "linear",
      dimensions: countInputs(head),
      hidden: head.dense?.outputs ?? null,
      outputs: head.output.outputs,
    },
    classes,
    createdBy,
  };
  const tensors = new Map<string, WrittenTensor>();
  for (const name of ["dense", "output"] as const) {
    const layer = head[name];
    if (!layer) continue;
    const { inputs, outputs, weight, bias } = layer;
    tensors.set(`head.${name}.weight`, { shape: [inputs, outputs], data: weight });
    if (bias) tensors.set(`head.${name}.bias`, { shape: [outputs], data: bias });
  }
  await writeSafetensors(join(dir, classifierFiles.weights), tensors);
  writeAtomic(join(dir, classifierFiles.facts), `${JSON.stringify(facts, null, 2)}\n`);
}

/** classifier.json as it stands, whichever kind it is of. @throws ExpectedError naming the file */
export async function readFacts(
  dir: string,
): Promise<{ tune: unknown; value: unknown; path: string }> {
  const path = join(dir, classifierFiles.facts);
  const text = (await readExpected(path)).toString();
  try {
    const value: unknown = JSON.parse(text);
    return { tune: z.object({ tune: z.unknown() }).parse(value).tune, value, path };
  } catch (cause) {
    throw toRefusal(path, cause);
  }
}

/**
 * Reads what saveClassifier wrote.
 * @throws ExpectedError naming the file, what was expected and what came
 */
export async function readClassifier(dir: string): Promise<SavedClassifier> {
  const { value, path: factsPath } = await readFacts(dir);
  const { kind, head, ...facts } = parseFacts(value, factsPath);
  const path = join(dir, classifierFiles.weights);
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
  const takeLayer = async (name: string, inputs: number, outputs: number, hasBias: boolean) => {
    const weight = await take(`head.${name}.weight`, inputs, outputs);
    const bias = hasBias ? await take(`head.${name}.bias`, outputs) : null;
    return { inputs, outputs, weight, bias } satisfies Layer;
  };
  try {
    const { dimensions, hidden, outputs } = head;
    const dense = hidden === null ? null : await takeLayer("dense", dimensions, hidden, true);
    const output = await takeLayer("output", hidden ?? dimensions, outputs, kind === "classes");
    return { ...facts, head: { kind, dense, output } };
  } finally {
    await weights.close();
  }
}

function parseFacts(value: unknown, path: string): z.infer<typeof factsSchema> {
  try {
    return factsSchema.parse(value);
  } catch (cause) {
    throw toRefusal(path, cause);
  }
}

function toRefusal(path: string, cause: unknown): ExpectedError {
  const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : toMessage(cause);
  return new ExpectedError(`${path}: expected a classifier's facts: ${reason}`, { cause });
}

async function readExpected(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ExpectedError(`cannot read ${path}: ${toMessage(cause)}`, { cause });
  }
}

/** The hash of a classifier's files: its facts, its numbers, and the config of a fully tuned one. */
export async function hashClassifier(folder: string): Promise<string> {
  const { facts, weights, config } = classifierFiles;
  const names = [facts, weights, ...((await exists(join(folder, config))) ? [config] : [])];
  const files = await Promise.all(names.map((name) => readExpected(join(folder, name))));
  return sha256(files.map((file) => sha256(file)).join());
}
