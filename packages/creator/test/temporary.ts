import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new folder that is removed when the test is over. */
export function toTemporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "seedling-creator-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
