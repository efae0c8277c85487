import {
  type Embed,
  type EmbedProgress,
  ExpectedError,
  openBackend,
  openEmbed,
  places,
  type Tf,
} from "@seedling/core";
import { toTexts, type Unlabelled } from "../features.ts";
import { type HeadTensors, type Tensor2D, toScores, toTensors } from "../head/head.ts";
import { toClassPlaces } from "../head/items.ts";
import { argMax, softmax } from "../head/softmax.ts";
import { readClassifier } from "./classifier-files.ts";

export interface Prediction {
  /** The index of the chosen option. */
  label: number;
  /** One for each of the example's options, in its order; they sum to 1. */
  probabilities: number[];
}

/** Predicts from examples, never from vectors. */
export interface Classifier {
  /**
   * @param progress counts texts, not examples
   * @throws ExpectedError if an example's options are not the classes it was trained for
   */
  predict(examples: readonly Unlabelled[], progress?: EmbedProgress): Promise<Prediction[]>;
  /** Frees the head and the encoder. */
  dispose(): Promise<void>;
}

/** What a classifier runs on. */
export interface ClassifierParts {
  tf: Tf;
  /** Opens the encoder that the classifier names. */
  openEmbed(named: { encoder: string; maxLength: number }): Promise<Embed>;
}

/** How many texts are scored at once. */
const rowsAtOnce = 1024;

/** The backend and the encoder as this machine has them; no vector is kept on disk. */
async function openParts(): Promise<ClassifierParts> {
  const { tf } = await openBackend();
  const rest = { cacheDir: null, modelsDir: places.models, notice: () => {} };
  return { tf, openEmbed: (named) => openEmbed({ ...named, ...rest }) };
}

/**
 * Loads a classifier from the folder that saveClassifier wrote.
 * @param given what it runs on; left out: what this machine has
 * @throws ExpectedError if a file is missing or damaged, or the encoder's vectors do not fit
 */
export async function loadClassifier(dir: string, given?: ClassifierParts): Promise<Classifier> {
  const parts = given ?? (await openParts());
  const { encoder, maxLength, classes, head } = await readClassifier(dir);
  const embed = await parts.openEmbed({ encoder, maxLength });
  if (embed.dimensions !== head.dimensions) {
    await embed.dispose();
    throw new ExpectedError(
      `${dir}: expected an encoder of ${head.dimensions} dimensions, but ${encoder} has ` +
        `${embed.dimensions}`,
    );
  }
  const tensors = toTensors(parts.tf, head);

  return {
    async predict(examples, progress) {
      const places = examples.map((example) => classes && toClassPlaces(example, classes));
      const texts = examples.map((example) => toTexts(example, head.kind));
      const embeddings = await embed.embed(texts.flat(), progress);
      const rows = await scoreRows(
        parts.tf,
        tensors,
        embeddings.map(({ vector }) => vector),
      );
      let next = 0;
      return texts.map((own, i) => {
        const scores = rows.slice(next, next + own.length).flat();
        next += own.length;
        const whole = softmax(scores);
        const probabilities = places[i]?.map((place) => whole[place] ?? 0) ?? whole;
        return { label: argMax(probabilities), probabilities };
      });
    },
    async dispose() {
      parts.tf.dispose(Object.values(tensors).filter((tensor) => tensor !== null));
      await embed.dispose();
    },
  };
}

/** The scores of each vector: one for each class, or the one of a choice. */
async function scoreRows(
  tf: Tf,
  tensors: HeadTensors,
  vectors: readonly Float32Array[],
): Promise<number[][]> {
  const outputs = tensors.weight.shape[1];
  const rows: number[][] = [];
  for (let from = 0; from < vectors.length; from += rowsAtOnce) {
    const chunk = vectors.slice(from, from + rowsAtOnce);
    const scores = tf.tidy(() => {
      const hidden: Tensor2D = tf.tensor2d(toMatrix(chunk), [
        chunk.length,
        tensors.weight.shape[0],
      ]);
      return toScores(tf, tensors, hidden, outputs);
    });
    rows.push(...(await scores.array()));
    scores.dispose();
  }
  return rows;
}

function toMatrix(rows: readonly Float32Array[]): Float32Array {
  const columns = rows[0]?.length ?? 0;
  const matrix = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    matrix.set(row, i * columns);
  });
  return matrix;
}
