import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { hashFilesOnce } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";

/** The weights' number type, and with it the file they are in. */
export type Dtype = "fp32" | "q8";

/** Files that a model has besides its weights. */
const otherFiles = ["config.json", "tokenizer.json", "tokenizer_config.json"] as const;

/** Names of the weights in the folder `onnx`. */
export const weightFiles: Record<Dtype, string> = {
  fp32: "model.onnx",
  q8: "model_quantized.onnx",
};

/**
 * Looks for a model in a local folder of the hub's layout and chooses its weights.
 * @param wanted null: fp32 if it has them, else q8
 * @throws ExpectedError naming every file that is missing
 */
function chooseDtype(folder: string, wanted: Dtype | null): Dtype {
  if (!existsSync(folder)) throw new ExpectedError(`encoder ${folder}: no such folder`);
  const has = (name: string) => existsSync(join(folder, name));
  const allowed: Dtype[] = wanted ? [wanted] : ["fp32", "q8"];
  const missing: string[] = otherFiles.filter((name) => !has(name));
  const found = allowed.find((dtype) => has(`onnx/${weightFiles[dtype]}`));
  if (found && missing.length === 0) return found;
  if (missing.length === 0)
    missing.push(allowed.map((dtype) => `onnx/${weightFiles[dtype]}`).join(" or "));
  const own = ["model.safetensors", "model.safetensors.index.json"].find(has);
  const hint = `; its ${own} is taken by --runtime tfjs, which runs it frozen, and by --tune full, which trains it`;
  throw new ExpectedError(
    `encoder ${folder}: expected a folder in the hub's layout, for transformers.js; ` +
      `it has no ${missing.join(", no ")}${own ? hint : ""}`,
  );
}

/**
 * The number type of a model's weights: a folder's is chosen, the hub's is fp32 unless another is given.
 * @param encoder an absolute folder or a hub id
 */
export async function findDtype(encoder: string, wanted: Dtype | null): Promise<Dtype> {
  return isAbsolute(encoder) ? chooseDtype(encoder, wanted) : (wanted ?? "fp32");
}

/** The first twelve hex digits of the SHA-256 of a model's weights, and of its configuration and tokenizer. */
export async function hashModel(folder: string, dtype: Dtype): Promise<string> {
  const paths = otherFiles.map((name) => join(folder, name));
  return (await hashFilesOnce([...paths, ...(await listWeights(folder, dtype))])).slice(0, 12);
}

export async function measureWeights(folder: string, dtype: Dtype): Promise<number> {
  const files = await Promise.all((await listWeights(folder, dtype)).map((path) => stat(path)));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** A model's file and those of its weights in the same folder. */
async function listWeights(folder: string, dtype: Dtype): Promise<string[]> {
  const names = await readdir(join(folder, "onnx"));
  const own = names.filter((name) => name.startsWith(weightFiles[dtype])).sort();
  return own.map((name) => join(folder, "onnx", name));
}
