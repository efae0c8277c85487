import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** What a test may need beyond the npm registry. */
export type Part =
  | "shared"
  | "native"
  | "webgpu"
  | "minilm"
  | "mpnet"
  | "python"
  | "chromium"
  | "slurm"
  | "pdflatex";

const repository = resolve(import.meta.dirname, "../../..");

const found: Record<Part, () => string | null> = {
  shared: () => folder(resolve(repository, "../shared")),
  minilm: () => folder(process.env.SEEDLING_TEST_MINILM),
  mpnet: () => folder(process.env.SEEDLING_TEST_MPNET),
  python: () => folder(process.env.SEEDLING_TEST_PYTHON),
  pdflatex: () => folder("/usr/bin/pdflatex"),
  chromium: () => folder("/usr/bin/chromium"),
  slurm: () => (spawnSync("sinfo", ["--noheader"]).status === 0 ? "sbatch" : null),
  native() {
    try {
      createRequire(import.meta.url)("@tensorflow/tfjs-node-gpu");
      return "tfjs-node-gpu";
    } catch {
      return null;
    }
  },
  webgpu() {
    const text = `const { create } = await import("webgpu");
      process.exitCode = (await create([]).requestAdapter()) === null ? 1 : 0;`;
    const { status } = spawnSync(process.execPath, ["--input-type=module", "--eval", text], {
      cwd: import.meta.dirname,
    });
    return status === 0 ? "webgpu" : null;
  },
};

/**
 * Where a part is, or null if this machine has none: the test then skips. A part named in
 * SEEDLING_TEST_REQUIRES (CI lists there what it has set up) fails instead.
 */
export function part(name: Part): string | null {
  const place = found[name]();
  const required = (process.env.SEEDLING_TEST_REQUIRES ?? "").split(",");
  if (place === null && required.includes(name))
    throw new Error(`SEEDLING_TEST_REQUIRES names "${name}", but it is not here`);
  if (place === null && !told.has(name)) console.warn(`not here: ${name}; tests that need it skip`);
  told.add(name);
  return place;
}

/** Parts whose absence was told of, once a process. */
const told = new Set<Part>();

function folder(path: string | undefined): string | null {
  return path && existsSync(path) ? path : null;
}

/** A script to preload, by Node's --require, that hides tfjs's native packages. */
export const withoutNative = join(import.meta.dirname, "without-native.cjs");
