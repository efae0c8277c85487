// What a classifier reads of an example, and what truncation takes of it.

import { combineVectors, listTexts } from "@seedling/trainer/browser";
import { facts } from "./packed-files.js";

/** @typedef {import("@seedling/trainer/browser").UnlabelledExample} UnlabelledExample */
/** @typedef {import("@seedling/core/browser").EmbedText} EmbedText */
/** @typedef {{ tokens: number, kept: number, cutsOption: boolean }} Read the tokens of one text or pair, before and after truncation */
/** @typedef {{ scores: number[], read: Read[][] }} Scored the scores of the classes, or of the options; for each sequence, or row of texts, what was read of it */
/** @typedef {(example: UnlabelledExample) => Promise<Scored>} Score */

const { classes, features, input } = facts;

/** Lists what a head's encoder reads: for each vector one text or two. @param {UnlabelledExample} example */
export const listTextRows = (example) =>
  listTexts(example, { classes, features: features ?? "text", input });

/**
 * Scores the vectors of an example's texts by a head.
 * @param {UnlabelledExample} example
 * @param {(text: EmbedText) => Promise<Read & { vector: Float32Array }>} embed
 * @param {(vector: Float32Array) => number[]} head
 * @returns {Promise<Scored>}
 */
export async function scoreVectors(example, embed, head) {
  /** @type {Scored} */
  const scored = { scores: [], read: [] };
  for (const row of listTextRows(example)) {
    const embedded = [];
    for (const text of row) embedded.push(await embed(text));
    scored.scores.push(...head(combineVectors(embedded.map(({ vector }) => vector))));
    scored.read.push(embedded);
  }
  return scored;
}
