import type { io } from "@tensorflow/tfjs";
import type { Tf } from "../backend/openers.ts";
import { type Batch, toUnit } from "./encoder.ts";

// The graph of Universal Sentence Encoder Lite. Pages run it, too: it needs nothing of Node.

/** Tokens that it reads: further ones change nothing. */
export const useLiteTokens = 128;

export const useLiteDimensions = 512;

/** Opens the graph of its model.json and its weights. */
export async function openUseLiteModel(
  tf: Pick<Tf, "loadGraphModel" | "tensor1d" | "tensor2d" | "dispose">,
  json: io.ModelJSON,
  weights: Uint8Array,
) {
  const model = await tf.loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: Uint8Array.from(weights).buffer,
    }),
  });
  return {
    /** Token ids -> unit vectors, row after row. */
    async encode({ ids, rows }: Batch): Promise<Float32Array> {
      const length = ids.length / rows;
      const cells = Array.from(ids, (_, i): [number, number] => [
        Math.floor(i / length),
        i % length,
      ]);
      const indices = tf.tensor2d(cells, [ids.length, 2], "int32");
      const values = tf.tensor1d(ids, "int32");
      const output = (await model.executeAsync({ indices, values })) as ReturnType<Tf["tensor"]>;
      const vectors = Float32Array.from(await output.data());
      tf.dispose([indices, values, output]);
      for (let at = 0; at < vectors.length; at += useLiteDimensions)
        vectors.set(toUnit(vectors.subarray(at, at + useLiteDimensions)), at);
      return vectors;
    },
    dispose: () => model.dispose(),
  };
}
