import { closeSync, readSync } from "node:fs";
import { appendWhole } from "./append-whole.ts";
import { openOffsetList } from "./offset-list.ts";

/** Lines in a file, each read back by its number: 4 bytes a line. */
export interface LineFile {
  readonly length: number;
  /** Takes a line that stands in the file already. @returns its number, from 0 */
  note: (offset: number, end: number) => number;
  /**
   * Writes a line at the end, whole or not at all.
   * @returns its number, from 0
   * @throws what the file system throws
   */
  append: (text: string) => number;
  /** A line's text, without its line feed. */
  read: (line: number) => string;
  close: () => void;
}

/** Opens lines in an open file, none of which is known yet. */
export function openLineFile(file: number): LineFile {
  const offsets = openOffsetList();
  let end = 0;
  const note = (offset: number, noted: number) => {
    offsets.push(offset);
    end = noted;
    return offsets.length - 1;
  };
  return {
    get length() {
      return offsets.length;
    },
    note,
    append(text) {
      const bytes = Buffer.from(`${text}\n`);
      appendWhole(file, bytes, end);
      return note(end, end + bytes.length);
    },
    read(line) {
      const offset = offsets.get(line);
      const next = line + 1 < offsets.length ? offsets.get(line + 1) : end;
      const bytes = Buffer.alloc(next - offset);
      readSync(file, bytes, 0, bytes.length, offset);
      return bytes.toString("utf8").split("\n", 1)[0] ?? "";
    },
    close: () => closeSync(file),
  };
}
