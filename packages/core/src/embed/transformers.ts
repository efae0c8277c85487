import { basename, isAbsolute, join } from "node:path";
import { ExpectedError, toMessage } from "../errors.ts";
import { openCut } from "./cut-tokens.ts";
import { type Embed, type Embedding, toUnit } from "./embed.ts";
import { loadModel, type ModelSource } from "./load-model.ts";
import { chooseDtype, hashModel } from "./model-folder.ts";

/**
 * Opens an encoder in transformers.js: the mean of its last hidden states, at unit length. It
 * encodes one text at a time: an int8 model's vectors depend on what else is in the batch.
 * @param maxLength in tokens, special ones included; the model's own limit if that is lower
 * @throws ExpectedError if the model cannot be found, fetched or read, or is no encoder
 */
export async function openTransformers(source: ModelSource, maxLength: number): Promise<Embed> {
  const { encoder, modelsDir } = source;
  const folder = isAbsolute(encoder) ? encoder : join(modelsDir, encoder);
  const dtype = isAbsolute(encoder) ? await chooseDtype(encoder) : "fp32";
  const { Tensor, tokenizer, model } = await loadModel(source, dtype);
  const longest = Math.min(
    maxLength,
    tokenizer.model_max_length ?? Number.POSITIVE_INFINITY,
    model.config.max_position_embeddings ?? Number.POSITIVE_INFINITY,
  );
  const cut = openCut((text, add_special_tokens) => tokenizer.encode(text, { add_special_tokens }));

  async function embedOne(text: string): Promise<Embedding> {
    const { ids, tokens } = cut(text, longest);
    const output: { last_hidden_state?: HiddenStates } = await model({
      input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]),
      attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), [1, ids.length]),
    });
    const hidden = output.last_hidden_state;
    if (!hidden) throw new Error(`it gives ${Object.keys(output)} and no last_hidden_state`);
    return { vector: toUnit(toMean(hidden.data, ids.length)), tokens, kept: ids.length };
  }

  const probe = await embedOne("a").catch(async (cause) => {
    await model.dispose();
    throw new ExpectedError(
      `encoder ${encoder}: expected a model that encodes text, such as BERT, RoBERTa or MPNet; ` +
        `this is ${model.config.model_type} (${toMessage(cause)})`,
      { cause },
    );
  });

  return {
    id: `${basename(encoder)}-1/${dtype}/${longest}/${await hashModel(folder, dtype)}`,
    dimensions: probe.vector.length,
    maxLength: longest,
    async embed(texts, progress) {
      const embeddings: Embedding[] = [];
      for (const text of texts) {
        embeddings.push(await embedOne(text));
        progress?.(embeddings.length, texts.length);
      }
      return embeddings;
    },
    async dispose() {
      await model.dispose();
    },
  };
}

/** The last layer for one text, [1, tokens, dimensions]. */
interface HiddenStates {
  data: Float32Array;
}

/** The mean row of a [rows, columns] matrix. */
function toMean(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const sums = new Float64Array(columns);
  for (let i = 0; i < matrix.length; i++)
    sums[i % columns] = (sums[i % columns] ?? 0) + (matrix[i] ?? 0);
  return Float32Array.from(sums, (sum) => sum / rows);
}
