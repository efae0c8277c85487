import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { html, type Markup } from "./markup.ts";

/** A packed value: gzip of its JSON, in base64. */
export type Packed = string;

const compress = promisify(gzip);

async function pack(value: unknown): Promise<Packed> {
  return (await compress(JSON.stringify(value))).toString("base64");
}

/**
 * Packs as much of a value as fits: with all of its texts, or with fewer of them.
 * @param most characters of the packed value; what is left without any text may exceed them
 * @param texts how many texts there are
 * @param withTexts the value with its first texts
 */
export async function packWithin(
  most: number,
  texts: number,
  withTexts: (texts: number) => unknown,
): Promise<{ packed: Packed; texts: number }> {
  for (let kept = texts; ; ) {
    const packed = await pack(withTexts(kept));
    if (packed.length <= most || kept === 0) return { packed, texts: kept };
    // A little less than in proportion, so that the second time it fits.
    kept = Math.floor(kept * Math.min(0.9, (0.9 * most) / packed.length));
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
