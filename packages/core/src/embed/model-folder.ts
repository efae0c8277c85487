import { existsSync, readdirSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { hashFilesOnce } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";
import { findTransformerFolder, listDeclarationFiles } from "./declaration.ts";
import { listExternalData } from "./read-onnx.ts";

/** The weights' number type, and with it the file they are in. */
export type Dtype = "fp32" | "q8";

/** Files that a model has besides its weights. */
const otherFiles = ["config.json", "tokenizer.json", "tokenizer_config.json"] as const;

/** Names of graphs. */
export const weightFiles: Record<Dtype, string> = {
  fp32: "model.onnx",
  q8: "model_quantized.onnx",
};

/** Where a graph lies: in `onnx`, as transformers.js has it, or beside config.json, where Optimum puts it. */
export const graphPlaces = ["onnx", ""] as const;

/**
 * Finds the folder of a model's graph, within that of its configuration.
 * @returns null: there is none
 */
export function findGraphPlace(folder: string, dtype: Dtype) {
  return graphPlaces.find((place) => existsSync(join(folder, place, weightFiles[dtype]))) ?? null;
}

/**
 * Looks for a model in a local folder of the hub's layout and chooses its weights.
 * @param wanted null: fp32 if it has them, else q8
 * @throws ExpectedError naming every file that is missing, and the graphs that are there
 */
function chooseDtype(model: string, wanted: Dtype | null): Dtype {
  if (!existsSync(model)) throw new ExpectedError(`encoder ${model}: no such folder`);
  const folder = findTransformerFolder(model);
  const has = (name: string) => existsSync(join(folder, name));
  const allowed: Dtype[] = wanted ? [wanted] : ["fp32", "q8"];
  const missing: string[] = otherFiles.filter((name) => !has(name));
  const found = allowed.find((dtype) => findGraphPlace(folder, dtype) !== null);
  if (found && missing.length === 0) return found;
  if (missing.length === 0)
    missing.push(allowed.map((dtype) => `onnx/${weightFiles[dtype]}`).join(" or "));
  const graphs = graphPlaces.flatMap((place) => {
    const names = has(place) ? readdirSync(join(folder, place)) : [];
    return names.filter((name) => name.endsWith(".onnx")).map((name) => join(place, name));
  });
  const others = found || graphs.length === 0 ? "" : `; it has ${graphs.join(", ")}`;
  const own = ["model.safetensors", "model.safetensors.index.json"].find(has);
  const hint = `; as --encoder, its ${own} is taken by --runtime tfjs, which runs it frozen, and by --tune full, which trains it`;
  throw new ExpectedError(
    `encoder ${folder}: expected a folder in the hub's layout, for transformers.js; ` +
      `it has no ${missing.join(", no ")}${others}${own ? hint : ""}`,
  );
}

/**
 * The number type of a model's weights: a folder's is chosen, the hub's is fp32 unless another is given.
 * @param encoder an absolute folder or a hub id
 */
export async function findDtype(encoder: string, wanted: Dtype | null): Promise<Dtype> {
  return isAbsolute(encoder) ? chooseDtype(encoder, wanted) : (wanted ?? "fp32");
}

/**
 * The first twelve hex digits of the SHA-256 of a model's configuration, tokenizer, weights and Dense layers.
 * @param model a folder in the hub's layout
 */
export async function hashModel(model: string, dtype: Dtype): Promise<string> {
  const folder = findTransformerFolder(model);
  const paths = otherFiles.map((name) => join(folder, name));
  const dense = listDeclarationFiles(model).dense.map((name) => join(model, name));
  const all = [...paths, ...(await listWeights(folder, dtype)), ...dense];
  return (await hashFilesOnce(all)).slice(0, 12);
}

export async function measureWeights(folder: string, dtype: Dtype): Promise<number> {
  const files = await Promise.all((await listWeights(folder, dtype)).map((path) => stat(path)));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** A model's graph, the files named after it, and those of any name that hold its numbers. */
async function listWeights(folder: string, dtype: Dtype): Promise<string[]> {
  const place = join(folder, findGraphPlace(folder, dtype) ?? "onnx");
  const own = (await readdir(place)).filter((name) => name.startsWith(weightFiles[dtype])).sort();
  const others = findExternalData(join(place, weightFiles[dtype]));
  const more = others.filter((name) => !own.includes(name) && existsSync(join(place, name)));
  return [...own, ...more.sort()].map((name) => join(place, name));
}

/** Of a graph that cannot be read none: what is wrong with it is said where it is opened. */
function findExternalData(path: string): string[] {
  try {
    return listExternalData(path);
  } catch (error) {
    if (error instanceof ExpectedError) return [];
    throw error;
  }
}
