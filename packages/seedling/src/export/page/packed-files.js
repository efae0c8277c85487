// The files that are packed in the page: gzip as text.

import { byId } from "../../page/elements.js";
import { readWideText } from "./wide-text.ts";

/** @typedef {import("./page-facts.ts").PageFacts} PageFacts */

/** @type {PageFacts} */
export const facts = JSON.parse(byId("facts").textContent ?? "");

/** Characters unpacked at once, a multiple of eight, which are whole bytes: between two pieces the page can be drawn. */
const step = 2 ** 19;

const names = Object.keys(facts.files);
const total = names.reduce((sum, name) => sum + (textOf(name)?.length ?? 0), 0);
let done = 0;

/** @param {string} name */
function textOf(name) {
  return document.getElementById(`file-${name}`)?.textContent;
}

/** A file of the page is missing or damaged. */
export class DamagedPageError extends Error {}

/**
 * Unpacks a file, once: its text is let go of.
 * @param {string} name
 * @param {(fraction: number) => void} onProgress is called with how much of all files is unpacked
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {DamagedPageError}
 */
export async function unpack(name, onProgress) {
  const text = textOf(name);
  const bytes = Number(document.getElementById(`file-${name}`)?.dataset.bytes);
  if (text === null || text === undefined) throw new DamagedPageError(`${name} is missing`);
  byId(`file-${name}`).remove();
  const whole = await decode(text, bytes, onProgress).catch((cause) => {
    throw new DamagedPageError(`${name} cannot be unpacked`, { cause });
  });
  if (whole.length !== facts.files[name])
    throw new DamagedPageError(`of ${name} there are ${whole.length} bytes`);
  return whole;
}

/**
 * @param {string} text gzip, 15 bits a character (wide-text.ts)
 * @param {number} bytes that it holds
 * @param {(fraction: number) => void} onProgress
 */
async function decode(text, bytes, onProgress) {
  const { readable, writable } = new DecompressionStream("gzip");
  const whole = new Response(readable).arrayBuffer();
  whole.catch(() => {}); // thrown where it is awaited
  const writer = writable.getWriter();
  for (let at = 0; at < text.length; at += step) {
    await writer.write(readWideText(text.slice(at, at + step)).subarray(0, bytes - (15 * at) / 8));
    done += Math.min(step, text.length - at);
    onProgress(done / total);
    await new Promise((drawn) => setTimeout(drawn));
  }
  await writer.close();
  return new Uint8Array(await whole);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
export const parseFile = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
