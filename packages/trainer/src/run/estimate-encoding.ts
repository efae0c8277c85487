import { isAbsolute, join } from "node:path";
import {
  type Backend,
  type Example,
  ExpectedError,
  projectFolders,
  type Run,
} from "@seedling/core/internal";
import { ablateInput } from "../data/examples.ts";
import { chooseFeatures, listTexts } from "../features/features.ts";
import { type FrozenEncoder, openFrozenEncoder } from "../features/frozen-encoder.ts";

/** Characters of a token, roughly, in English. */
export const charactersPerToken = 4;

/** Texts that an encoder is measured with. */
const probeSize = 24;

/** Examples that a frozen encoder reads for a run: so many, like those of a sample. */
export interface ExampleSet {
  run: Run;
  /** Sets of one name are the same, or the first of the same: they are read once. */
  name: string;
  n: number;
  sample: readonly Example[];
}

/** What one frozen encoder reads. */
export interface EncodingEstimate {
  encoder: string;
  texts: number;
  /** At most about so long; a text: why that is not known. */
  seconds: number | string;
}

/** Seconds that an encoder takes for texts; a text: why it cannot be measured. */
export type MeasureEncoding = (
  named: FrozenEncoder,
  texts: readonly string[],
) => Promise<number | string>;

/** How much each frozen encoder reads, and about how long that takes: as long a character as in a short probe. */
export async function estimateEncoding(
  sets: readonly ExampleSet[],
  measure: MeasureEncoding,
): Promise<EncodingEstimate[]> {
  const largest = new Map<string, ExampleSet>();
  for (const set of sets) {
    const key = JSON.stringify([set.name, nameEncoder(set.run), featuresOf(set.run)]);
    if (set.n > (largest.get(key)?.n ?? 0)) largest.set(key, set);
  }
  const encoders = new Map<string, ExampleSet[]>();
  for (const set of largest.values()) {
    const key = JSON.stringify(nameEncoder(set.run));
    encoders.set(key, [...(encoders.get(key) ?? []), set]);
  }
  const estimates: EncodingEstimate[] = [];
  for (const own of encoders.values()) estimates.push(await estimateOne(own, measure));
  return estimates;
}

async function estimateOne(
  sets: readonly ExampleSet[],
  measure: MeasureEncoding,
): Promise<EncodingEstimate> {
  const [first] = sets as [ExampleSet];
  const named = nameEncoder(first.run);
  const longest = charactersPerToken * named.maxLength;
  const countCharacters = (texts: readonly string[]) =>
    texts.reduce((sum, one) => sum + Math.min(one.length, longest), 0);
  let count = 0;
  let characters = 0;
  const all: string[] = [];
  for (const { run, n, sample } of sets) {
    const { kind, features, input } = featuresOf(run);
    const texts = sample.flatMap((one) => listTexts(ablateInput(one, input), kind, features));
    const distinct = [...new Set(texts.flat())];
    count += (distinct.length * n) / sample.length;
    characters += (countCharacters(distinct) * n) / sample.length;
    all.push(...takeEvenly(distinct, probeSize));
  }
  const probe = takeEvenly(all, probeSize);
  const measured = await measure(named, probe);
  const seconds =
    typeof measured === "string"
      ? measured
      : (measured * characters) / Math.max(1, countCharacters(probe));
  return { encoder: named.encoder, texts: Math.round(count), seconds };
}

function takeEvenly<T>(items: readonly T[], n: number): T[] {
  const step = Math.max(1, items.length / n);
  return items.filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step));
}

function nameEncoder({ flags }: Run): FrozenEncoder {
  const { encoder, maxLength, runtime, dtype } = flags;
  return { encoder, maxLength, runtime, dtype };
}

function featuresOf({ task, flags }: Run) {
  return chooseFeatures(task.labels, flags);
}

/** Encodes texts with an encoder that is on this machine, and keeps and fetches nothing. */
export async function measureEncoding(
  named: FrozenEncoder,
  texts: readonly string[],
  backend: () => Promise<Backend>,
): Promise<number | string> {
  const encoder = named.encoder === "use-lite" ? named.encoder : toLocalFolder(named.encoder);
  const modelsDir = projectFolders.models;
  const options = { cacheDir: null, modelsDir, log: () => {}, backend };
  try {
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

/** Where an encoder is on this machine, if it is: one of the hub in the folder of downloaded ones. */
export function toLocalFolder(encoder: string): string {
  return isAbsolute(encoder) ? encoder : join(projectFolders.models, encoder);
}
