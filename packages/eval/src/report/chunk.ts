import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { html, type Markup } from "../render/markup.ts";

/** A packed value: gzip of its JSON, in base64. */
export type Packed = string;

const compress = promisify(gzip);

async function pack(value: unknown): Promise<Packed> {
  return (await compress(JSON.stringify(value))).toString("base64");
}

/** A value that can do with fewer texts. */
export interface Packable {
  /** How many texts there are. */
  texts: number;
  /** The value with its first texts. */
  withTexts: (texts: number) => unknown;
}

/** A packed value, and how many of its texts are in it. */
export interface Fitted {
  packed: Packed;
  texts: number;
}

/** Texts of a value that are packed to learn how much room all of them would take. */
const tried = 32;

/**
 * Packs values with as many of their texts as fit. Room is shared out equally, and what a value does
 * not need goes to the others.
 * @param most characters of all packed values; with a single text each, they may exceed them
 */
export async function packAll(most: number, values: readonly Packable[]): Promise<Fitted[]> {
  const needs = await Promise.all(values.map(forecastLength));
  const smallestFirst = [...values.keys()].sort((a, b) => (needs[a] ?? 0) - (needs[b] ?? 0));
  const fitted: Fitted[] = [];
  let room = most;
  for (const [done, at] of smallestFirst.entries()) {
    const share = Math.floor(room / (values.length - done));
    const one = await packWithin(share, values[at] as Packable, needs[at] as number);
    fitted[at] = one;
    room -= one.packed.length;
  }
  return fitted;
}

/** About how many characters a value takes with all of its texts. */
async function forecastLength({ texts, withTexts }: Packable): Promise<number> {
  const some = Math.min(tried, texts);
  const { length } = await pack(withTexts(some));
  return some === 0 ? length : (length * texts) / some;
}

function atLeastOne(texts: number): number {
  return Math.max(1, Math.floor(texts));
}

/** Packs as much of a value as fits: with all of its texts, or with fewer of them. */
async function packWithin(
  most: number,
  { texts, withTexts }: Packable,
  need: number,
): Promise<Fitted> {
  // The forecast may be too high, since more texts pack better than few: nearly fitting is tried as a whole.
  let kept = 0.7 * need <= most ? texts : atLeastOne((texts * most) / need);
  for (;;) {
    const packed = await pack(withTexts(kept));
    if (packed.length <= most || kept <= 1) return { packed, texts: kept };
    // A little less than in proportion, so that the second time it fits.
    kept = atLeastOne(kept * Math.min(0.9, (0.9 * most) / packed.length));
  }
}

/**
 * An element that no browser runs, for the page's script to unpack. Base64 holds no character that
 * could close it.
 * @param id letters, digits and dashes
 */
export function renderChunk(id: string, packed: Packed): Markup {
  return html`<script type="application/gzip" id="${id}">${packed}</script>\n`;
}
