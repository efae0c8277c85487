// Bundles the workspace's entries with esbuild, for scripts/launch.mjs and the tests.
import { createHash, randomUUID } from "node:crypto";
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const cache = join(root, "node_modules/.cache/seedling");

/** Entries by the name of their bundle: what people start, and scripts of threads and of child processes. */
export const entries = {
  creator: "packages/seedling/src/creator-stage.ts",
  trainer: "packages/trainer/src/experiment.ts",
  eval: "packages/eval/src/experiment.ts",
  seedling: "packages/seedling/src/bin.ts",
  "encode-worker": "packages/core/src/embed/encode-worker.ts",
  "mlp-worker": "packages/trainer/src/head/mlp-worker.ts",
  "probe-child": "packages/seedling/src/doctor/probe-child.ts",
};

/** Scripts of pages, by the name of their bundle. */
export const pages = {
  page: "packages/eval/src/report/page/page.js",
  "review-page": "packages/seedling/src/review/page/review-page.js",
  "onnx-page": "packages/seedling/src/export/page/onnx-page.js",
  "use-lite-page": "packages/seedling/src/export/page/use-lite-page.js",
  "words-page": "packages/seedling/src/export/page/words-page.js",
};

/** Packages with files of their own or a native part; everything else goes into the bundle. */
const external = [
  "@energetic-ai/*",
  "@tensorflow/*",
  "@xenova/transformers",
  "eld",
  "esbuild",
  "node-llama-cpp",
  "undici",
  "vitest",
  "webgpu",
];

/** Bundles that stay: a process that runs for days loads parts of its bundle late. */
const kept = 20;

/** Makes the bundle, unless the one of these source files is there. @returns its folder */
export async function bundle() {
  const sources = listSources();
  const folder = join(cache, hashFiles(sources));
  if (existsSync(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return folder;
  }
  const part = `${folder}.${randomUUID()}`;
  await buildAll(sources, part);
  try {
    renameSync(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    // Another launch has made the same one meanwhile.
    if (!existsSync(folder)) throw error;
  }
  removeOld();
  return folder;
}

function listSources() {
  const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`);
  return [...folders, "benchmarks"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .concat(import.meta.filename, join(root, "package-lock.json"));
}

function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Bundles one script of a test into the bundle's folder, so that it finds threads' scripts. @returns its path */
export async function bundleScript(contents, resolveDir) {
  const folder = await bundle();
  const outfile = join(folder, `script-${randomUUID()}.js`);
  const { build } = await import("esbuild");
  await build({ ...options(), stdin: { contents, resolveDir, loader: "ts" }, outfile });
  return outfile;
}

async function buildAll(sources, outdir) {
  const { build } = await import("esbuild");
  const benchmarks = sources
    .filter((path) => /\/benchmarks\/[\w-]+\.ts$/.test(path))
    .map((path) => [`benchmark-${basename(path, ".ts")}`, path]);
  const entryPoints = { ...entries, ...Object.fromEntries(benchmarks) };
  await build({ ...options(), entryPoints, outdir, splitting: true });
  await buildPages(outdir);
  for (const path of sources)
    if (extname(path) === ".css") cpSync(path, join(outdir, basename(path)));
}

/** Bundles scripts of pages, each whole, to stand in its page. @param folder of the pages */
export async function buildPages(outdir, folder = "packages") {
  const { build } = await import("esbuild");
  const inside = Object.entries(pages).filter(([, path]) => path.startsWith(`${folder}/`));
  const browser = {
    platform: "browser",
    target: "es2023",
    sourcemap: false,
    banner: {},
    external: [],
  };
  await build({ ...options(), ...browser, entryPoints: Object.fromEntries(inside), outdir });
}

/** What every build shares. */
export function options() {
  return {
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["source"],
    external,
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
    // CommonJS packages in the bundle call require.
    banner: {
      js: 'import { createRequire as createBundleRequire } from "node:module"; const require = createBundleRequire(import.meta.url);',
    },
  };
}

function removeOld() {
  const folders = readdirSync(cache)
    .map((name) => join(cache, name))
    .map((path) => ({ path, used: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.used - a.used);
  for (const { path } of folders.slice(kept)) rmSync(path, { recursive: true, force: true });
}
