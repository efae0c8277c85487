import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  addRoot,
  bagOfWords,
  ExpectedError,
  isHubId,
  openBackend,
  openBagOfWords,
  resolveModel,
  vocabularyFile,
} from "@seedling/core/internal";
import { createOps } from "../encoder/ops.ts";
import { countFeatures } from "../features/features.ts";
import { type ModelOptions, openFrozenEncoder } from "../features/frozen-encoder.ts";
import { type Classifier, withThreshold } from "./classifier.ts";
import { copyClassifier, explainOwnEncoder, type HeadFacts, readWholeFacts } from "./facts.ts";
import { createHeadClassifier, readHead } from "./head-classifier.ts";
import { loadTunedClassifier } from "./tuned-classifier.ts";

/** How a classifier is loaded; whatever is left out is this machine's. */
export interface LoadOptions extends ModelOptions {
  /** Where a head's encoder is now: a folder or a hub id. Left out: where it was at the training. */
  encoder?: string;
  /** Reads what links in the folder lead to, too, as the hub's cache has them. */
  followLinks?: boolean;
  /** The least probability of a label that is given; null: a label always. Left out: the classifier's own threshold. */
  threshold?: number | null;
  /** Takes an encoder with other weights, configuration or tokenizer than the training's, too. */
  anyEncoder?: boolean;
}

/**
 * Loads a classifier from the folder that `save`, or a training of `experiment`, wrote. A head's encoder
 * is fetched unless it is on this machine.
 * @returns a classifier, which the caller disposes of
 * @throws ExpectedError if a file is missing or damaged, or the encoder is gone or not the training's
 */
export async function loadClassifier(
  folder: string,
  options: LoadOptions = {},
): Promise<Classifier> {
  const { threshold } = options;
  const classifier = await load(folder, options);
  return threshold === undefined ? classifier : withThreshold(classifier, threshold);
}

async function load(folder: string, options: LoadOptions): Promise<Classifier> {
  if (options.followLinks) addRoot(folder, options);
  const facts = readWholeFacts(folder);
  if (facts.tune === "full" && options.encoder !== undefined)
    throw new ExpectedError(explainOwnEncoder(folder));
  const backend = options.backend ?? (await openBackend());
  if (facts.tune === "full") return loadTunedClassifier(folder, facts, createOps(backend));
  const head = await readHead(folder, facts);
  if (facts.encoder === bagOfWords) {
    if (options.encoder !== undefined)
      throw new ExpectedError(`${folder}: expected no --encoder: it holds its vocabulary itself`);
    const embed = openBagOfWords(folder);
    checkEncoder(folder, facts, join(folder, vocabularyFile), embed, false);
    return withCopies(folder, createHeadClassifier(facts, head, embed, backend));
  }
  const encoder = findEncoder(folder, facts, options.encoder);
  const { reading = null } = facts;
  if (reading === null && encoder !== "use-lite")
    options.log?.(
      `${folder}: it was made before readings were kept: its encoder is read by mean pooling, with no prompt and no Dense layer`,
    );
  const embed = await openFrozenEncoder({ ...facts, reading, encoder }, { ...options, backend });
  try {
    checkEncoder(folder, facts, encoder, embed, options.anyEncoder ?? false);
  } catch (error) {
    await embed.dispose();
    throw error;
  }
  return withCopies(folder, createHeadClassifier(facts, head, embed, backend));
}

/** A classifier that is saved by copying its folder. */
function withCopies(folder: string, classifier: Classifier): Classifier {
  return { ...classifier, save: (to) => copyClassifier(folder, to) };
}

/** @throws ExpectedError if the encoder is a folder that is not there */
export function findEncoder(folder: string, facts: HeadFacts, given: string | undefined): string {
  const encoder = resolveModel(given ?? facts.encoder);
  if (existsSync(encoder) || isHubId(encoder)) return encoder;
  const hash = facts.encoderHash ? `, with the hash ${facts.encoderHash}` : "";
  throw new ExpectedError(
    `${folder}: ${given === undefined ? "its encoder is no longer at" : "expected its encoder at"} ${encoder}: give --encoder PATH (from code: encoder), the folder where ${facts.encoder}${hash}, is now`,
  );
}

/**
 * Checks an encoder by the hash of its files, and by its dimensions, which may be unknown (null).
 * @throws ExpectedError if it is not the one that a head was trained on
 */
export function checkEncoder(
  folder: string,
  { encoderHash, features, head }: HeadFacts,
  encoder: string,
  embed: { hash: string; dimensions: number | null },
  any: boolean,
): void {
  if (!any && encoderHash !== undefined && embed.hash !== encoderHash)
    throw new ExpectedError(
      `${folder}: expected the encoder that it was trained on, with the hash ${encoderHash}, but ${encoder} has ${embed.hash}: it is another, or its files were changed since; give the right one by --encoder PATH (from code: encoder), or take this one all the same by --any-encoder (anyEncoder)`,
    );
  const wanted = head.dimensions / countFeatures(features, 1);
  if (embed.dimensions !== null && embed.dimensions !== wanted)
    throw new ExpectedError(
      `${folder}: expected an encoder of ${wanted} dimensions, but ${encoder} has ${embed.dimensions}`,
    );
}
