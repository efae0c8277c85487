/** Letters in a shingle (UTF-16 units, so that a rare letter may count as two). */
const shingleLength = 5;

/**
 * The set of a text's letter 5-grams as 32-bit hashes, distinct and in order. Case, punctuation and
 * white space are put aside; a text shorter than five letters is one shingle, and so is a text of
 * nothing but punctuation.
 */
export function hashShingles(text: string): Uint32Array {
  const folded = fold(text);
  const hashes = new Uint32Array(Math.max(1, folded.length - shingleLength + 1));
  for (let from = 0; from < hashes.length; from++)
    hashes[from] = hash(folded, from, Math.min(from + shingleLength, folded.length));
  return toDistinct(hashes.sort());
}

function fold(text: string): string {
  const plain = text.normalize("NFKC").toLowerCase().trim();
  return plain.replace(/[\p{P}\s]+/gu, " ").trim() || plain;
}

/** FNV-1a over the letters, with murmur3's last steps. */
function hash(text: string, from: number, to: number): number {
  let h = 0x811c9dc5;
  for (let i = from; i < to; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** Spreads 32 bits over 32 bits (the last steps of murmur3). */
export function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function toDistinct(sorted: Uint32Array): Uint32Array {
  let length = 0;
  for (const value of sorted)
    if (length === 0 || sorted[length - 1] !== value) sorted[length++] = value;
  return sorted.slice(0, length);
}

/** The share of shingles that two texts have in common (Jaccard), from 0 to 1. */
export function jaccard(one: Uint32Array, other: Uint32Array): number {
  let common = 0;
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const a = one[i] as number;
    const b = other[j] as number;
    if (a === b) common += 1;
    if (a <= b) i += 1;
    if (b <= a) j += 1;
  }
  return common / (one.length + other.length - common);
}
