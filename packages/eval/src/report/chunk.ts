import { gzipSync } from "node:zlib";
import { html, type Markup } from "./markup.ts";

/** A packed value: gzip of its JSON, in base64. */
export type Packed = string;

/** Packs a value for the page's script. */
export function pack(value: unknown): Packed {
  return gzipSync(JSON.stringify(value), { level: 9 }).toString("base64");
}

/**
 * Packs as much of a value as fits: with all of its texts, or with ever fewer.
 * @param most characters of the packed value
 * @param texts how many texts there are
 * @param withTexts the value with its first texts
 */
export function packWithin(
  most: number,
  texts: number,
  withTexts: (texts: number) => unknown,
): { packed: Packed; texts: number } {
  for (let kept = texts; ; kept = Math.floor(kept / 2)) {
    const packed = pack(withTexts(kept));
    if (packed.length <= most || kept === 0) return { packed, texts: kept };
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
