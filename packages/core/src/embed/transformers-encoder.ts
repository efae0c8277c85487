import { ExpectedError, toMessage } from "../messages/errors.ts";
import { toUnit } from "./embed.ts";
import type { Batch, Encoder } from "./encoder.ts";
import { loadWeights, type ModelSource } from "./load-model.ts";
import type { Dtype } from "./model-folder.ts";

/** The last layer, [rows, tokens, dimensions]. */
interface HiddenStates {
  data: Float32Array;
}

/** An encoder of transformers.js: the mean of its last hidden states, at unit length. */
export interface TransformersEncoder extends Encoder {
  /** The most tokens that it has places for. */
  places: number;
}

/**
 * Opens a model of transformers.js as an encoder.
 * @param threads of one operation
 * @throws ExpectedError if the model cannot be found, fetched or read, or is no encoder
 */
export async function openTransformersEncoder(
  source: ModelSource,
  dtype: Dtype,
  threads: number,
): Promise<TransformersEncoder> {
  const { Tensor, model } = await loadWeights(source, dtype, threads);

  async function encode({ ids, rows }: Batch): Promise<Float32Array> {
    const shape = [rows, ids.length / rows];
    const output: { last_hidden_state?: HiddenStates } = await model({
      input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
    });
    const hidden = output.last_hidden_state?.data;
    if (!hidden) throw new Error(`it gives ${Object.keys(output)} and no last_hidden_state`);
    const dimensions = hidden.length / ids.length;
    const vectors = new Float32Array(rows * dimensions);
    for (let row = 0; row < rows; row++) {
      const own = hidden.subarray((row * hidden.length) / rows, ((row + 1) * hidden.length) / rows);
      vectors.set(toUnit(toMean(own, dimensions)), row * dimensions);
    }
    return vectors;
  }

  const probe = await encode({ ids: Int32Array.of(1, 1), rows: 1 }).catch(async (cause) => {
    await model.dispose();
    throw new ExpectedError(
      `encoder ${source.encoder}: expected a model that encodes text, such as BERT, RoBERTa or ` +
        `MPNet; this is ${model.config.model_type} (${toMessage(cause)})`,
      { cause },
    );
  });

  return {
    dimensions: probe.length,
    places: model.config.max_position_embeddings ?? Number.POSITIVE_INFINITY,
    encode,
    async dispose() {
      await model.dispose();
    },
  };
}

/** The mean row of a matrix. */
function toMean(matrix: Float32Array, columns: number): Float32Array {
  const sums = new Float64Array(columns);
  for (let from = 0; from < matrix.length; from += columns)
    for (let i = 0; i < columns; i++) sums[i] = (sums[i] ?? 0) + (matrix[from + i] ?? 0);
  const rows = matrix.length / columns;
  return Float32Array.from(sums, (sum) => sum / rows);
}
