import { open } from "node:fs/promises";
import { decodeUtf8 } from "../logs/files.ts";
import { decodeJson } from "../logs/json.ts";
import { readFollowed } from "../logs/open-inside.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { describeText, startBytes } from "./describe-text.ts";
import { listExternalData } from "./read-onnx.ts";
import { openSafetensors } from "./read-safetensors.ts";

/**
 * Finds what is wrong with a downloaded file of a model: a proxy or a login answers with a page, a mirror with
 * a pointer of Git LFS, and both with status 200.
 * @param name of the file, by whose ending its kind is known
 * @returns null: JSON parses, safetensors' header fits the file, ONNX is a whole message with a graph
 */
export async function findFault(path: string, name: string): Promise<string | null> {
  const text = describeText(await readStart(path));
  if (name.endsWith(".json"))
    return (await isJson(path)) ? null : `expected JSON, got ${text ?? "none"}`;
  if (text) return `expected a model's numbers, got ${text}`;
  try {
    if (name.endsWith(".safetensors")) await (await openSafetensors(path)).close();
    if (name.endsWith(".onnx")) listExternalData(path);
    return null;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return toMessage(error).replace(`${path}: `, "");
  }
}

async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0);
  await file.close();
  return buffer.subarray(0, bytesRead);
}

/** Whether a file is a JSON object or list, and not a server's `{"error": ...}`. */
async function isJson(path: string): Promise<boolean> {
  try {
    const value = decodeJson(decodeUtf8(readFollowed(path), path));
    return typeof value === "object" && value !== null && !("error" in value);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ExpectedError) return false;
    throw error;
  }
}
