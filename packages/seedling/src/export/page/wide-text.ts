/** The first of the 2^15 characters that 15 bits are written as: none of them means anything to HTML, or is half of a pair. */
const first = 0x3400;

/** The bytes of a page that a file of so many bytes takes, as text in UTF-16. */
export const measureWideText = (bytes: number): number => 2 * Math.ceil((8 * bytes) / 15);

/** Writes bytes as text, 15 bits a character, the highest first: in UTF-16 7 % longer, where base64 is 33 %. */
export function toWideText(bytes: Uint8Array): string {
  const units = new Uint16Array(measureWideText(bytes.length) / 2);
  let [bits, held, at] = [0, 0, 0];
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    if (held < 15) continue;
    held -= 15;
    units[at++] = first + (bits >> held);
    bits &= (1 << held) - 1;
  }
  if (held > 0) units[at] = first + (bits << (15 - held));
  return Buffer.from(units.buffer).toString("utf16le");
}

/** Reads such a text, or a part of it that begins at a multiple of eight characters. @returns its whole bytes, the last of which may be padding */
export function readWideText(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((15 * text.length) / 8);
  let [bits, held, to] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    bits = ((bits & 127) << 15) | (text.charCodeAt(at) - first);
    for (held += 15; held >= 8; held -= 8) bytes[to++] = bits >> (held - 8);
  }
  return bytes;
}
