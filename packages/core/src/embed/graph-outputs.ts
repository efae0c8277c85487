import { graphPooling } from "./declaration.ts";
import { type Batch, toUnit } from "./encoder.ts";
import { type Recipe, toVector } from "./pooling.ts";
import { decodeHalves } from "./read-safetensors.ts";

/** A tensor as onnxruntime gives it. */
export interface GraphTensor {
  type: string;
  data: ArrayLike<number | bigint>;
  dims: readonly number[];
}

/** The last hidden states, [rows, tokens, columns], by transformers' name and by Optimum's. */
const hiddenNames = ["last_hidden_state", "token_embeddings"];

/**
 * Chooses which of a graph's outputs is read: its hidden states, or, where it has none, or declares nothing and has
 * none of transformers' name, what it has pooled itself.
 * @throws Error naming the outputs, if they are not of an encoder
 */
export function chooseOutput(
  names: readonly string[],
  recipe: Pick<Recipe, "pooling" | "isDeclared">,
): { name: string; isPooled: boolean } {
  const sentence = names.find((name) => name === graphPooling);
  const hidden = hiddenNames.find((name) => names.includes(name));
  const isAsked = recipe.pooling === graphPooling;
  const isOwn = sentence && (isAsked || (!recipe.isDeclared && hidden !== hiddenNames[0]));
  const name = isOwn || !hidden || isAsked ? sentence : hidden;
  if (name) return { name, isPooled: name === sentence };
  const wanted = isAsked ? graphPooling : `${hiddenNames.join(", ")} or ${graphPooling}`;
  throw new Error(`it gives ${names.join(", ")} and no ${wanted}`);
}

/**
 * Reads the vectors of a batch from a graph's outputs, row after row, at unit length.
 * @returns the vectors, and whether the graph pooled them itself
 * @throws Error naming the outputs, if they are not of an encoder
 */
export function readOutputs(
  outputs: Readonly<Record<string, GraphTensor>>,
  { ids, rows }: Batch,
  recipe: Recipe,
) {
  const { name, isPooled } = chooseOutput(Object.keys(outputs), recipe);
  const output = outputs[name] as GraphTensor;
  const tokens = isPooled ? [] : [ids.length / rows];
  const columns = output.dims.at(-1) ?? 0;
  if (output.dims.map(Number).join() !== [rows, ...tokens, columns].join())
    throw new Error(
      `its ${name} has shape [${output.dims}], expected [${[rows, ...tokens]},columns]`,
    );
  const numbers = toFloats(output, name);
  const size = numbers.length / rows;
  const vectors = Array.from({ length: rows }, (_, row) => {
    const own = numbers.subarray(row * size, (row + 1) * size);
    return isPooled ? toUnit(own) : toVector(own, columns, recipe);
  });
  const all = new Float32Array(rows * (vectors[0]?.length ?? 0));
  for (const [row, vector] of vectors.entries()) all.set(vector, row * vector.length);
  return { vectors: all, isPooled };
}

/** Converts a tensor's numbers. onnxruntime gives 16-bit floats as such where Node has them, else as their bits. */
function toFloats({ type, data }: GraphTensor, name: string): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type === "float16" && data instanceof Uint16Array) return decodeHalves(data.slice().buffer);
  if (type === "float16" || type === "float64") return Float32Array.from(data as ArrayLike<number>);
  throw new Error(`its ${name} is of type ${type}, expected float32, float16 or float64`);
}
