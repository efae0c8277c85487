import { readFileSync } from "node:fs";
import { join } from "node:path";
import { part } from "@seedling/testing";

/** A file as benchmarks/manifest.json lists it; without `bytes` it is not at hand. */
export interface ListedFile {
  path: string;
  git_blob_sha1: string;
  bytes?: number;
  examples?: number;
  sha256?: string;
}

/** benchmarks/manifest.json. */
export interface BenchmarksManifest {
  source: string;
  commit: string;
  files: ListedFile[];
  prompt: { path: string; git_blob_sha1: string };
}

/** The folder of the real benchmarks, or null where this machine has none. */
export const benchmarks = part("shared") && join(part("shared") as string, "benchmarks");

/** Reads a JSON file of ../shared. */
export function readShared<T>(path: string): T {
  return JSON.parse(readFileSync(join(part("shared") as string, path), "utf8")) as T;
}

/** The manifest of the real benchmarks. */
export function readBenchmarksManifest(): BenchmarksManifest {
  return readShared("benchmarks/manifest.json");
}

/** The content of every real file that is at hand, with what the manifest says of it. */
export function* realFiles(): Generator<ListedFile & { content: Buffer }> {
  for (const file of readBenchmarksManifest().files) {
    let content: Buffer;
    try {
      content = readFileSync(join(benchmarks as string, file.path));
    } catch {
      continue;
    }
    yield { ...file, content };
  }
}
