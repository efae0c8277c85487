import { ExpectedError, openBackend } from "@seedling/core/internal";
import { createOps } from "../encoder/ops.ts";
import { countFeatures } from "../features/features.ts";
import { type ModelOptions, openFrozenEncoder } from "../features/frozen-encoder.ts";
import type { Classifier } from "./classifier.ts";
import { copyClassifier, readFacts } from "./facts.ts";
import { createHeadClassifier, readHead } from "./head-classifier.ts";
import { loadTunedClassifier } from "./tuned-classifier.ts";

/**
 * Loads a classifier from the folder that `save`, or a training of `experiment`, wrote. A head's encoder
 * is fetched unless it is on this machine.
 * @returns a classifier, which the caller disposes of
 * @throws ExpectedError if a file is missing or damaged, or the encoder's vectors do not fit
 */
export async function loadClassifier(
  folder: string,
  options: ModelOptions = {},
): Promise<Classifier> {
  const facts = await readFacts(folder);
  const backend = options.backend ?? (await openBackend());
  if (facts.tune === "full") return loadTunedClassifier(folder, facts, createOps(backend));
  const head = await readHead(folder, facts);
  const embed = await openFrozenEncoder(facts, { ...options, backend });
  const wanted = facts.head.dimensions / countFeatures(facts.features, 1);
  if (embed.dimensions === wanted)
    return {
      ...createHeadClassifier(facts, head, embed, backend),
      save: (to) => copyClassifier(folder, to),
    };
  await embed.dispose();
  throw new ExpectedError(
    `${folder}: expected an encoder of ${wanted} dimensions, but ${facts.encoder} has ${embed.dimensions}`,
  );
}
