import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Env,
  isFolder,
  originalFiles,
  projectFolders,
  repository,
  resolvePath,
} from "@seedling/core/internal";
import { absent, broken, fine, type Row } from "./row.ts";

/** Models and benchmarks on disk, and the optional packages. */
export function checkFiles(
  env: Env,
  where: Pick<typeof projectFolders, "benchmarks" | "models" | "sample"> = projectFolders,
): Row[] {
  return [
    checkSample(where.sample),
    checkBenchmarks(env, where.benchmarks),
    checkModels(where.models),
    checkLlama(),
  ];
}

function checkSample(folder: string): Row {
  if (isFolder(folder)) return fine("sample", folder);
  return broken("sample", `${folder} is not there`, "git checkout -- data");
}

function checkBenchmarks({ SEEDLING_DATA, ...env }: Env, own: string): Row {
  const folder = SEEDLING_DATA ? resolvePath(SEEDLING_DATA, env) : own;
  const files = originalFiles;
  const missing = files.filter((file) => !existsSync(join(folder, file)));
  const found = `${files.length - missing.length} of ${files.length} files in ${folder}`;
  if (missing.length === 0) return fine("benchmarks", found);
  if (!SEEDLING_DATA) return fine("benchmarks", `${found}; a run downloads what it needs`);
  const shown = missing.slice(0, 2).join(", ");
  return absent(
    "benchmarks",
    `${found} (SEEDLING_DATA); missing: ${shown}${missing.length > 2 ? ", ..." : ""}`,
    "unset SEEDLING_DATA (they are then downloaded)",
  );
}

function checkModels(folder: string): Row {
  const models = isFolder(folder) ? listModels(folder) : [];
  const found =
    models.length > 0 ? models.join(", ") : `none in ${folder}; a run downloads what it needs`;
  return fine("cached models", found);
}

/** The hub's ids: a folder of folders. */
function listModels(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((owner) => owner.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(folder, name), { withFileTypes: true })
        .filter((model) => model.isDirectory())
        .map((model) => `${name}/${model.name}`),
    )
    .sort();
}

/** Where `npm install --no-save` puts it. Its size forbids to load it for a look. */
function checkLlama(): Row {
  const there = existsSync(join(repository, "node_modules/node-llama-cpp/package.json"));
  if (there) return fine("node-llama-cpp", "installed, for --model FILE.gguf");
  return absent(
    "node-llama-cpp",
    "not installed; only --model FILE.gguf needs it",
    "npm install --no-save node-llama-cpp@3",
  );
}
