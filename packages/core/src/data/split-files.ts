import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FlagError } from "../messages/errors.ts";
import type { Split } from "./tasks.ts";

/** The names of a split's file, in any case; a file of validation examples is the dev split. */
const names: Record<Split, readonly string[]> = {
  train: ["train"],
  dev: ["dev", "validation", "valid", "val"],
  test: ["test"],
};

const form = /^(.+)\.(?:jsonl|json|csv|tsv)$/i;

/**
 * Finds the file of a split in a folder of the user's: `<split>.jsonl` where it is there, else the one of that name
 * in another form.
 * @returns its path, or null if there is none
 * @throws FlagError if there are several
 */
export function findSplitFile(folder: string, split: Split): string | null {
  const files = listFiles(folder);
  const usual = `${split}.jsonl`;
  if (files.includes(usual)) return join(folder, usual);
  const found = files.filter((file) =>
    names[split].includes((form.exec(file)?.[1] ?? "").toLowerCase()),
  );
  if (found.length > 1)
    throw new FlagError(
      `${folder}: expected one file of the ${split} split, got ${found.join(", ")}`,
    );
  return found[0] === undefined ? null : join(folder, found[0]);
}

/** Lists what lies in a folder, but for hidden files; nothing where it cannot be read. */
export function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch {
    return [];
  }
}
