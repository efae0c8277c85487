// The files that are packed in the page: gzip in base64.

import { byId } from "../../page/elements.js";

/** @typedef {import("./page-facts.ts").PageFacts} PageFacts */

/** @type {PageFacts} */
export const facts = JSON.parse(byId("facts").textContent ?? "");

/** Characters unpacked at once, a multiple of four: between two pieces the page can be drawn. */
const step = 2 ** 20;

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
  if (text === null || text === undefined) throw new DamagedPageError(`${name} is missing`);
  byId(`file-${name}`).remove();
  const whole = await decode(text, onProgress).catch((cause) => {
    throw new DamagedPageError(`${name} cannot be unpacked`, { cause });
  });
  if (whole.length !== facts.files[name])
    throw new DamagedPageError(`of ${name} there are ${whole.length} bytes`);
  return whole;
}

/**
 * @param {string} text gzip in base64
 * @param {(fraction: number) => void} onProgress
 */
async function decode(text, onProgress) {
  const { readable, writable } = new DecompressionStream("gzip");
  const whole = new Response(readable).arrayBuffer();
  whole.catch(() => {}); // thrown where it is awaited
  const writer = writable.getWriter();
  for (let at = 0; at < text.length; at += step) {
    const piece = atob(text.slice(at, at + step));
    const decoded = new Uint8Array(piece.length);
    for (let i = 0; i < piece.length; i++) decoded[i] = piece.charCodeAt(i);
    await writer.write(decoded);
    done += Math.min(step, text.length - at);
    onProgress(done / total);
    await new Promise((drawn) => setTimeout(drawn));
  }
  await writer.close();
  return new Uint8Array(await whole);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
export const parseFile = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
