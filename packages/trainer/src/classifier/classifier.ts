import {
  type Backend,
  type Embed,
  type EmbedProgress,
  ExpectedError,
  openBackend,
  projectFolders,
} from "@seedling/core/internal";
import { findClassIndices, type Input, type UnlabelledExample } from "../data/examples.ts";
import { createOps } from "../encoder/ops.ts";
import { countFeatures, embedExamples } from "../features/features.ts";
import { type FrozenEncoder, openFrozenEncoder } from "../features/frozen-encoder.ts";
import { countInputs, scoreItems } from "../head/head.ts";
import { readClassifier, readFacts } from "./classifier-files.ts";
import { type Prediction, toPrediction } from "./prediction.ts";
import { loadTuned } from "./tuned-classifier.ts";
import { parseTunedFacts } from "./tuned-files.ts";

export type { Prediction } from "./prediction.ts";

/** Predicts from examples, never from vectors. */
export interface Classifier {
  /** Names of the classes, in its own order; null: each example brings its options. */
  classes: readonly string[] | null;
  /** What it sees of an example; it leaves the rest out by itself. */
  input: Input;
  /**
   * @param progress counts texts, not examples
   * @throws ExpectedError if an example's options are not the classes it was trained for
   */
  predict(examples: readonly UnlabelledExample[], progress?: EmbedProgress): Promise<Prediction[]>;
  /** Frees the encoder. */
  dispose(): Promise<void>;
}

/** What a classifier runs on. */
export interface ClassifierParts {
  backend: Pick<Backend, "tf" | "name">;
  /** Opens the frozen encoder that the classifier names. */
  openEmbed(named: FrozenEncoder): Promise<Embed>;
}

/** The backend and the encoder as this machine has them; no vector is kept on disk. */
async function openParts(): Promise<ClassifierParts> {
  const rest = { cacheDir: null, modelsDir: projectFolders.models, log: () => {} };
  return { backend: await openBackend(), openEmbed: (named) => openFrozenEncoder(named, rest) };
}

/**
 * Loads a classifier from its folder.
 * @param given what it runs on; left out: what this machine has
 * @throws ExpectedError if a file is missing or damaged, or the encoder's vectors do not fit
 */
export async function loadClassifier(dir: string, given?: ClassifierParts): Promise<Classifier> {
  const { tune, value, path } = await readFacts(dir);
  const parts = given ?? (await openParts());
  return tune === "full"
    ? loadTuned(dir, parseTunedFacts(value, path), parts.backend)
    : loadFrozen(dir, parts);
}

async function loadFrozen(dir: string, parts: ClassifierParts): Promise<Classifier> {
  const { encoder, maxLength, runtime, dtype, input, features, classes, head } =
    await readClassifier(dir);
  const embed = await parts.openEmbed({ encoder, maxLength, runtime, dtype });
  const length = countFeatures(features, embed.dimensions);
  if (length !== countInputs(head)) {
    await embed.dispose();
    const share = countFeatures(features, 1);
    throw new ExpectedError(
      `${dir}: expected an encoder of ${countInputs(head) / share} dimensions, but ${encoder} has ` +
        `${embed.dimensions}`,
    );
  }
  const ops = createOps(parts.backend);
  return {
    classes,
    input,
    async predict(examples, progress) {
      const places = examples.map((example) => classes && findClassIndices(example, classes));
      const seen = { embed, kind: head.kind, features, input };
      const { vectors } = await embedExamples(examples, seen, progress);
      const scores = await scoreItems(
        ops,
        head,
        vectors.map((own) => ({ vectors: own })),
      );
      return scores.map((own, i) => toPrediction(own, places[i] ?? null));
    },
    dispose: () => embed.dispose(),
  };
}
