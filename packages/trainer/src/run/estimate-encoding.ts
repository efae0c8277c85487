import { isAbsolute } from "node:path";
import {
  type Backend,
  type EmbedText,
  ExpectedError,
  findKept,
  nameText,
  type Run,
  toText,
} from "@seedling/core/internal";
import { lacksGraph, toLocalFolder } from "../checkpoint/encoder-hash.ts";
import { listTexts, type Reading } from "../data/example-texts.ts";
import { chooseFeatures } from "../features/features.ts";
import { type FrozenEncoder, openFrozenEncoder } from "../features/frozen-encoder.ts";
import type { ExampleSet } from "./example-sets.ts";

/** Characters of a token, roughly, in English. */
export const charactersPerToken = 4;

const probeSize = 24;

/** Examples that the frozen encoder of a run reads. */
export type EncodedSet = ExampleSet & { run: Run };

/** What is found of an encoder that is on this machine. */
export interface MeasuredEncoder {
  /** For the texts of the probe. */
  seconds: number;
  dimensions: number;
  /** Texts whose vectors are kept from earlier, by `nameText`. */
  kept: ReadonlySet<string>;
}

/**
 * Estimates how many texts each frozen encoder reads, how many of these are kept from earlier, and in how many
 * seconds it reads the others, or why that is not known: as long a character as in a short probe.
 * @param measure times an encoder with a probe, and looks all texts up; a text: why it cannot
 */
export async function estimateEncoding(
  sets: readonly EncodedSet[],
  measure: (
    named: FrozenEncoder,
    probe: readonly EmbedText[],
    all: readonly EmbedText[],
  ) => Promise<MeasuredEncoder | string>,
) {
  const largest = new Map<string, EncodedSet>();
  for (const set of sets) {
    const key = JSON.stringify([nameEncoder(set.run), set.name, readingOf(set.run)]);
    if (set.n > (largest.get(key)?.n ?? 0)) largest.set(key, set);
  }
  const estimates = [];
  for (const key of new Set(sets.map(({ run }) => JSON.stringify(nameEncoder(run))))) {
    const named: FrozenEncoder = JSON.parse(key);
    const longest = charactersPerToken * named.maxLength;
    const countCharacters = (texts: readonly EmbedText[]) =>
      texts.reduce((sum, one) => sum + Math.min(toText(one).length, longest), 0);
    const own = [...largest.values()].filter(({ run }) => JSON.stringify(nameEncoder(run)) === key);
    const parts = own.map(({ run, n, sample }) => {
      const reading = readingOf(run);
      const texts = sample.flatMap((one) => listTexts(one, reading).flat());
      const distinct = [...new Map(texts.map((one) => [nameText(one), one])).values()];
      return { distinct, scale: n / sample.length };
    });
    const all = parts.flatMap(({ distinct }) => distinct);
    const step = Math.max(1, all.length / probeSize);
    const probe = all.filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step));
    const measured = await measure(named, probe, all);
    const isMissing = (text: EmbedText) =>
      typeof measured === "string" || !measured.kept.has(nameText(text));
    const sum = (count: (texts: readonly EmbedText[]) => number) =>
      parts.reduce((whole, { distinct, scale }) => whole + scale * count(distinct), 0);
    const characters = sum((texts) => countCharacters(texts.filter(isMissing)));
    estimates.push({
      encoder: named.encoder,
      texts: Math.round(sum((texts) => texts.length)),
      missing: Math.round(sum((texts) => texts.filter(isMissing).length)),
      measured:
        typeof measured === "string"
          ? measured
          : {
              seconds: (measured.seconds * characters) / Math.max(1, countCharacters(probe)),
              dimensions: measured.dimensions,
            },
    });
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

/**
 * Times an encoder that is on this machine, and keeps and fetches nothing.
 * @param vectorCache the folder in which all texts are looked up
 */
export async function measureEncoding(
  named: FrozenEncoder,
  {
    probe,
    all,
    vectorCache,
  }: Record<"probe" | "all", readonly EmbedText[]> & { vectorCache: string },
  backend: () => Promise<Backend>,
): Promise<MeasuredEncoder | string> {
  const encoder = named.encoder === "use-lite" ? named.encoder : toLocalFolder(named.encoder);
  if (lacksGraph({ ...named, encoder })) return "its 8-bit graph is written first";
  const usesBackend = encoder === "use-lite" || named.runtime === "tfjs";
  try {
    const options = usesBackend ? { backend: await backend() } : {};
    const embed = await openFrozenEncoder({ ...named, encoder }, options);
    try {
      await embed.embed(probe.slice(0, 4)); // the first ones take longer
      const began = performance.now();
      await embed.embed(probe);
      const seconds = (performance.now() - began) / 1000;
      return { seconds, dimensions: embed.dimensions, kept: findKept(embed, vectorCache, all) };
    } finally {
      await embed.dispose();
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const isHubs = named.encoder !== "use-lite" && !isAbsolute(named.encoder);
    return isHubs ? "it is not on this machine" : error.message;
  }
}
