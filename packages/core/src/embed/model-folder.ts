import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../errors.ts";
import { exists } from "../files.ts";

/** The weights' number type, and with it the file they are in. */
export type Dtype = "fp32" | "q8";

const weights: Record<Dtype, string> = { fp32: "model.onnx", q8: "model_quantized.onnx" };

/**
 * Looks for a model in a local folder of the hub's layout and chooses its weights: fp32 before q8.
 * @throws ExpectedError naming every file that is missing
 */
export async function chooseDtype(folder: string): Promise<Dtype> {
  const missing: string[] = [];
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"])
    if (!(await exists(join(folder, name)))) missing.push(name);
  for (const dtype of ["fp32", "q8"] as const)
    if (missing.length === 0 && (await exists(join(folder, "onnx", weights[dtype])))) return dtype;
  if (missing.length === 0) missing.push(`onnx/${weights.fp32} or onnx/${weights.q8}`);
  throw new ExpectedError(
    `encoder ${folder}: expected a folder in the hub's layout, for transformers.js; ` +
      `it has no ${missing.join(", no ")}`,
  );
}

/** The first twelve hex digits of the SHA-256 of a model's weights and tokenizer. */
export async function hashModel(folder: string, dtype: Dtype): Promise<string> {
  const names = (await readdir(join(folder, "onnx"))).filter((n) => n.startsWith(weights[dtype]));
  const paths = names.sort().map((name) => join("onnx", name));
  const hash = createHash("sha256");
  for (const path of ["tokenizer.json", ...paths])
    for await (const chunk of createReadStream(join(folder, path))) hash.update(chunk);
  return hash.digest("hex").slice(0, 12);
}
