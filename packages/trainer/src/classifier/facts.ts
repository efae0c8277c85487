import { constants, existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  bagOfWords,
  ExpectedError,
  encoderReadingSchema,
  hashFiles,
  listInside,
  makeAtomic,
  openInside,
  parseAs,
  parseJsonFile,
  readInside,
  sha256,
  tryFile,
  vocabularyFile,
  walkInside,
  writeAtomic,
} from "@seedling/core/internal";
import { z } from "zod";
import { checkpointFiles } from "../checkpoint/checkpoint.ts";
import { inputSchema } from "../data/examples.ts";
import { type Threshold, thresholdSchema } from "../data/threshold.ts";

/**
 * A classifier's files: what it says of itself, its weights, the hub's config of a tuned one, its answers to held-out
 * items, where they were read, and its card.
 */
export const classifierFiles = {
  facts: "classifier.json",
  weights: "model.safetensors",
  config: "config.json",
  heldOut: "held-out.json",
  card: "README.md",
} as const;

const format = "seedling-classifier-2";

const shared = {
  format: z.literal(format),
  kind: z.enum(["classes", "choice"]),
  /** Tokens that a text, or a pair of texts, is truncated to. */
  maxLength: z.number().int().positive(),
  /** What of an example is read at all. */
  input: inputSchema,
  /** The class names, in the order of the head's outputs; null for a choice. */
  classes: z.array(z.string()).min(2).nullable(),
  createdBy: z.string(),
  /** What scores are divided by, offsets included, before the softmax; left out: 1. */
  temperature: z.number().positive().optional(),
  /** Where it gives no label; null: none held for the error that was asked for; left out: none was asked for. */
  threshold: thresholdSchema.nullable().optional(),
};

const headSchema = z
  .object({
    ...shared,
    tune: z.literal("head"),
    /** As given: "use-lite", a folder or a hub id. */
    encoder: z.string().min(1),
    /** Hash of the files that this reads; none in classifiers of earlier versions. */
    encoderHash: z.string().min(1).optional(),
    runtime: z.enum(["onnx", "tfjs"]),
    /** Number type of onnx weights; null: the first that there is. */
    dtype: z.enum(["fp32", "q8"]).nullable(),
    /** What the head reads. */
    features: z.enum(["text", "pair"]),
    /** How the encoder reads a text; none of use-lite, and in classifiers of earlier versions. */
    reading: encoderReadingSchema.optional(),
    head: z.object({
      type: z.enum(["linear", "mlp"]),
      /** The length of a vector that it reads. */
      dimensions: z.number().int().positive(),
      /** The width of an MLP's dense layer; null for a linear head. */
      hidden: z.number().int().positive().nullable(),
      outputs: z.number().int().positive(),
    }),
  })
  .refine(({ classes, head }) => head.outputs === (classes?.length ?? 1), {
    message: "expected one output for each class, or one for a choice",
  })
  .refine(({ head }) => (head.type === "mlp") === (head.hidden !== null), {
    message: "hidden goes with type mlp and null with linear",
  });

const tunedSchema = z.object({
  ...shared,
  tune: z.literal("full"),
  /** What it was tuned from: a hub id, or a folder's name. */
  encoder: z.string().min(1),
  head: z.enum(["own", "mean"]),
  /** Added to the scores of the classes, in their order: `--shares`. A head on a frozen encoder has it in its bias. */
  offsets: z.array(z.number()).optional(),
});

const factsSchema = z
  .discriminatedUnion("tune", [headSchema, tunedSchema])
  .refine(({ kind, classes }) => (kind === "classes") === (classes !== null), {
    message: "classes go with kind classes and null with choice",
  });

/** classifier.json of a head on a frozen encoder. */
export type HeadFacts = Omit<z.infer<typeof headSchema>, DerivedKeys>;

/** classifier.json of a fully tuned encoder; all else stands in the hub's own files. */
export type TunedFacts = Omit<z.infer<typeof tunedSchema>, DerivedKeys>;

/** What classifier.json says besides. */
type DerivedKeys = "format" | "kind";

/** Writes classifier.json; an input that is the default is left out, as in the first classifiers. */
export function writeFacts(folder: string, { tune, ...facts }: HeadFacts | TunedFacts): void {
  const leaveOut = (key: string, value: unknown) =>
    key === "input" && value === "full" ? undefined : value;
  const path = join(folder, classifierFiles.facts);
  const kind = facts.classes ? "classes" : "choice";
  const all = { format, tune, kind, ...facts };
  writeAtomic(path, renderFacts(all, leaveOut));
}

function renderFacts(facts: object, replace?: (key: string, value: unknown) => unknown): string {
  return `${JSON.stringify(facts, replace, 2)}\n`;
}

/**
 * Reads classifier.json of a classifier's folder, which may be a stranger's: all in it must be files.
 * @throws ExpectedError naming the file, what was expected and what came
 */
export function readFacts(folder: string): HeadFacts | TunedFacts {
  const path = join(folder, classifierFiles.facts);
  const [other] = listInside(folder).others;
  if (other) throw new ExpectedError(other.why);
  const bytes = tryFile("read", path, () => readInside(path));
  const made = parseAs(bytes.toString("utf8"), z.object({ format: z.string() }))?.format ?? format;
  if (made !== format)
    throw new ExpectedError(
      `${path}: expected the format ${format}, got ${JSON.stringify(made)}: another version of seedling wrote it; load it with that version`,
    );
  return parseJsonFile(bytes, path, factsSchema, "a classifier's facts");
}

/**
 * Reads classifier.json of a folder that has all that stands beside it.
 * @throws ExpectedError naming the file, what was expected and what came
 */
export function readWholeFacts(folder: string): HeadFacts | TunedFacts {
  const read = readFacts(folder);
  const { facts, weights, config } = classifierFiles;
  const ofEncoder = [config, checkpointFiles.tokenizer, checkpointFiles.tokenizerConfig];
  const wanted = [
    weights,
    ...(read.tune === "full" ? ofEncoder : []),
    ...(read.encoder === bagOfWords ? [vocabularyFile] : []),
  ];
  const missing = wanted.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0)
    throw new ExpectedError(
      `${folder}: a classifier's folder half copied: it has ${facts} and no ${missing.join(", no ")}; copy the whole folder again`,
    );
  return read;
}

/** Why a tuned classifier takes no encoder. */
export function explainOwnEncoder(folder: string): string {
  return `${folder}: expected no --encoder: it was fully tuned, and holds its encoder itself`;
}

/** Writes another threshold into a classifier's facts; null: none holds. */
export function writeThreshold(folder: string, threshold: Threshold | null): void {
  const path = join(folder, classifierFiles.facts);
  const bytes = tryFile("read", path, () => readInside(path));
  // As it is written: the order of its keys is part of its hash.
  const { threshold: _, ...facts } = parseJsonFile(bytes, path, z.looseObject({}), "an object");
  writeAtomic(path, renderFacts({ ...facts, threshold }));
}

/**
 * The SHA-256 of a classifier's files: its facts, its weights, and the config of a tuned one. Not of its threshold: what
 * is evaluated are the answers below it, too.
 */
export async function hashClassifier(folder: string): Promise<string> {
  const { weights, config } = classifierFiles;
  const names = [weights, ...(existsSync(join(folder, config)) ? [config] : [])];
  const paths = names.map((name) => join(folder, name));
  const hashes = await Promise.all(
    paths.map((path) => hashFiles([path], (one) => tryFile("read", one, () => openInside(one)))),
  );
  const facts = join(folder, classifierFiles.facts);
  const bytes = tryFile("read", facts, () => readInside(facts));
  return sha256([hashWithoutThreshold(bytes), ...hashes].join());
}

/** As a file without one is written; one without is hashed as it is. */
function hashWithoutThreshold(bytes: Buffer): string {
  const { threshold, ...facts } = parseAs(bytes.toString("utf8"), z.looseObject({})) ?? {};
  return sha256(threshold === undefined ? bytes : renderFacts(facts));
}

/** Copies a classifier's folder; onto itself there is nothing to do. @throws ExpectedError if it cannot be written */
export async function copyClassifier(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) return;
  for (const name of walkInside(from)) await copyInside(join(from, name), join(to, name));
}

/** Copies a file to one below a root, whole or not at all. @throws ExpectedError if it cannot be written */
export async function copyInside(from: string, to: string): Promise<void> {
  await makeAtomic(to, (part) => copyFile(from, part, constants.COPYFILE_EXCL));
}
