import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbed } from "../src/embed/open-embed.ts";

/** A tokenizer of few words, in a folder. */
export const tinyWords = join(
  import.meta.dirname,
  "../../trainer/test/fixtures/tokenizers/tiny-words",
);
export const newFolder = () => mkdtemp(join(tmpdir(), "seedling-encoder-"));

type Options = Parameters<typeof openEmbed>[0];

/** Opens an encoder that keeps no vectors. */
export function open(encoder: string, more: Partial<Options> = {}) {
  const logged: string[] = [];
  const options = { encoder, maxLength: 32, cacheDir: null, modelsDir: "/nowhere" };
  return openEmbed({ ...options, fetch, env: {}, log: (line) => logged.push(line), ...more });
}
