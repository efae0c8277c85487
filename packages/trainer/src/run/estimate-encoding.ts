import { isAbsolute } from "node:path";
import {
  type Backend,
  type EmbedText,
  ExpectedError,
  nameText,
  type Run,
  toText,
} from "@seedling/core/internal";
import { toLocalFolder } from "../checkpoint/encoder-hash.ts";
import { chooseFeatures, listTexts, type Reading } from "../features/features.ts";
import { type FrozenEncoder, openFrozenEncoder } from "../features/frozen-encoder.ts";
import type { ExampleSet } from "./example-sets.ts";

/** Characters of a token, roughly, in English. */
export const charactersPerToken = 4;

const probeSize = 24;

/** Examples that the frozen encoder of a run reads. */
export type EncodedSet = ExampleSet & { run: Run };

/**
 * Estimates how many texts each frozen encoder reads, and in at most how many seconds, or why that is not known:
 * as long a character as in a short probe.
 * @param measure finds the seconds that an encoder takes for texts, or why they are not known
 */
export async function estimateEncoding(
  sets: readonly EncodedSet[],
  measure: (named: FrozenEncoder, texts: readonly EmbedText[]) => Promise<number | string>,
) {
  const largest = new Map<string, EncodedSet>();
  for (const set of sets) {
    const key = JSON.stringify([nameEncoder(set.run), set.name, readingOf(set.run)]);
    if (set.n > (largest.get(key)?.n ?? 0)) largest.set(key, set);
  }
  const estimates: { encoder: string; texts: number; seconds: number | string }[] = [];
  for (const key of new Set(sets.map(({ run }) => JSON.stringify(nameEncoder(run))))) {
    const named: FrozenEncoder = JSON.parse(key);
    const longest = charactersPerToken * named.maxLength;
    const countCharacters = (texts: readonly EmbedText[]) =>
      texts.reduce((sum, one) => sum + Math.min(toText(one).length, longest), 0);
    let count = 0;
    let characters = 0;
    let all: EmbedText[] = [];
    for (const { run, n, sample } of largest.values()) {
      if (JSON.stringify(nameEncoder(run)) !== key) continue;
      const reading = readingOf(run);
      const texts = sample.map((one) => listTexts(one, reading));
      const distinct = [...new Map(texts.flat(2).map((one) => [nameText(one), one])).values()];
      count += (distinct.length * n) / sample.length;
      characters += (countCharacters(distinct) * n) / sample.length;
      all = all.concat(distinct);
    }
    const step = Math.max(1, all.length / probeSize);
    const probe = all.filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step));
    const measured = await measure(named, probe);
    const scale = characters / Math.max(1, countCharacters(probe));
    const seconds = typeof measured === "string" ? measured : measured * scale;
    estimates.push({ encoder: named.encoder, texts: Math.round(count), seconds });
  }
  return estimates;
}

function nameEncoder({ flags }: Run): FrozenEncoder {
  const { encoder, maxLength, runtime, dtype, prompt } = flags;
  return { encoder, maxLength, runtime, dtype, prompt };
}

function readingOf({ task, flags }: Run): Reading {
  const { labels: classes } = task;
  return { classes, features: chooseFeatures(classes, flags.features), input: flags.input };
}

/** Encodes texts with an encoder that is on this machine, and keeps and fetches nothing. */
export async function measureEncoding(
  named: FrozenEncoder,
  texts: readonly EmbedText[],
  backend: () => Promise<Backend>,
): Promise<number | string> {
  const encoder = named.encoder === "use-lite" ? named.encoder : toLocalFolder(named.encoder);
  const usesBackend = encoder === "use-lite" || named.runtime === "tfjs";
  try {
    const options = usesBackend ? { backend: await backend() } : {};
    const embed = await openFrozenEncoder({ ...named, encoder }, options);
    try {
      await embed.embed(texts.slice(0, 4)); // the first ones take longer
      const began = performance.now();
      await embed.embed(texts);
      return (performance.now() - began) / 1000;
    } finally {
      await embed.dispose();
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const isHubs = named.encoder !== "use-lite" && !isAbsolute(named.encoder);
    return isHubs ? "it is not on this machine" : error.message;
  }
}
