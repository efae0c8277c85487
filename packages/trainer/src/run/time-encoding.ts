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

/** Letters of a token, roughly, in English. */
export const lettersPerToken = 4;

/** Texts that an encoder is measured with. */
const probed = 24;

/** Examples that a frozen encoder reads for a run: so many, like those of a sample. */
export interface Reading {
  run: Run;
  /** Those of one name are the same, or the first of the same: they are read once. */
  name: string;
  n: number;
  sample: readonly Example[];
}

/** What one frozen encoder reads. */
export interface Encoding {
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

/** How much each frozen encoder reads, and about how long that takes: as long a letter as in a short probe. */
export async function timeEncoding(
  readings: readonly Reading[],
  measure: MeasureEncoding,
): Promise<Encoding[]> {
  const largest = new Map<string, Reading>();
  for (const reading of readings) {
    const key = JSON.stringify([reading.name, toNamed(reading.run), chooseFeatures(reading.run)]);
    if (reading.n > (largest.get(key)?.n ?? 0)) largest.set(key, reading);
  }
  const encoders = new Map<string, Reading[]>();
  for (const reading of largest.values()) {
    const key = JSON.stringify(toNamed(reading.run));
    encoders.set(key, [...(encoders.get(key) ?? []), reading]);
  }
  const encodings: Encoding[] = [];
  for (const own of encoders.values()) encodings.push(await timeOne(own, measure));
  return encodings;
}

async function timeOne(readings: readonly Reading[], measure: MeasureEncoding): Promise<Encoding> {
  const [first] = readings as [Reading];
  const named = toNamed(first.run);
  const toLength = (texts: readonly string[]) =>
    texts.reduce((sum, one) => sum + Math.min(one.length, lettersPerToken * named.maxLength), 0);
  let count = 0;
  let letters = 0;
  const all: string[] = [];
  for (const { run, n, sample } of readings) {
    const { kind, features, input } = chooseFeatures(run);
    const texts = sample.flatMap((example) =>
      listTexts(ablateInput(example, input), kind, features),
    );
    const distinct = [...new Set(texts.flat())];
    count += (distinct.length * n) / sample.length;
    letters += (toLength(distinct) * n) / sample.length;
    all.push(...takeEvenly(distinct, probed));
  }
  const probe = takeEvenly(all, probed);
  const took = await measure(named, probe);
  const seconds = typeof took === "string" ? took : (took * letters) / Math.max(1, toLength(probe));
  return { encoder: named.encoder, texts: Math.round(count), seconds };
}

function takeEvenly<T>(items: readonly T[], n: number): T[] {
  const step = Math.max(1, items.length / n);
  return items.filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step));
}

function toNamed({ flags }: Run): FrozenEncoder {
  const { encoder, maxLength, runtime, dtype } = flags;
  return { encoder, maxLength, runtime, dtype };
}

/** Encodes texts with an encoder that is on this machine, and keeps and fetches nothing. */
export async function measureEncoding(
  named: FrozenEncoder,
  texts: readonly string[],
  backend: () => Promise<Backend>,
): Promise<number | string> {
  const encoder = named.encoder === "use-lite" ? named.encoder : toLocalFolder(named.encoder);
  const options = { cacheDir: null, modelsDir: projectFolders.models, log: () => {}, backend };
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

/** Where an encoder is on this machine, if it is: a hub's in the folder of downloaded ones. */
export function toLocalFolder(encoder: string): string {
  return isAbsolute(encoder) ? encoder : join(projectFolders.models, encoder);
}
