import { cpSync, existsSync, readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import {
  ExpectedError,
  type Flags,
  fetchGraph,
  findTransformerFolder,
  isBuiltIn,
  listDeclarationFiles,
  type ModelSource,
  makeFolder,
  weightFiles,
} from "@seedling/core/internal";
import { checkpointFiles, readHubConfig, tokenizerFiles } from "../checkpoint/checkpoint.ts";
import { hashCheckpoint, lacksGraph } from "../checkpoint/encoder-hash.ts";
import { fetchCheckpoint } from "../checkpoint/fetch-checkpoint.ts";
import { parseEncoderConfig } from "../encoder/encoder-config.ts";
import { addEncoder } from "../onnx/encoder-graph.ts";
import { createGraph, writeModel } from "../onnx/graph.ts";
import { readNumbers } from "../onnx/read-numbers.ts";

/**
 * Finds where an encoder's 8-bit graph is: with the encoder, or, where only its safetensors are there, in the folder
 * of models, written once.
 * @returns the source as given, or one of the folder that was written; other encoders as given
 */
export async function withQuantizedGraph(
  source: ModelSource,
  { runtime, dtype }: Pick<Flags, "runtime" | "dtype">,
): Promise<ModelSource> {
  const { encoder, modelsDir, log } = source;
  if (runtime !== "onnx" || dtype !== "q8" || isBuiltIn(encoder)) return source;
  const model = resolve(modelsDir, encoder);
  const lacks = () => lacksGraph({ encoder: model, runtime, dtype });
  const findPlace = async () => {
    const hash = await hashCheckpoint(model, true);
    const place = resolve(modelsDir, "written-q8-3", hash, basename(model));
    const own = relative(model, findTransformerFolder(model));
    return { place, graph: join(place, own, "onnx", weightFiles[dtype]) };
  };
  // Where it was written the hub has none: it is not asked again.
  const found = lacks() ? await findPlace() : null;
  if (found && existsSync(found.graph)) return { ...source, encoder: found.place };
  if (!isAbsolute(encoder) && (await fetchGraph(source, dtype))) return source;
  const fetched = await fetchCheckpoint(source).catch(toNull);
  if (fetched === null || !lacks()) return source;
  const folder = findTransformerFolder(model);
  if (!isOurs(folder)) return source;
  const { place, graph } = await findPlace();
  log(`encoder ${encoder}: its 8-bit graph is written, once, to ${graph}`);
  copyDescription(model, place);
  await writeModel(graph, await encodeQuantized(folder));
  return { ...source, encoder: place };
}

/** Missing files are named where the graph is looked for. */
function toNull(error: unknown): null {
  if (error instanceof ExpectedError) return null;
  throw error;
}

function isOurs(folder: string): boolean {
  try {
    return Boolean(parseEncoderConfig(readHubConfig(folder), folder));
  } catch (error) {
    return Boolean(toNull(error));
  }
}

async function encodeQuantized(folder: string) {
  const { config, weights } = await readNumbers(folder);
  const g = createGraph();
  const shape = ["batch", "tokens"];
  const inputs = {
    ids: g.input({ name: "input_ids", type: "int64", shape }),
    mask: g.input({ name: "attention_mask", type: "int64", shape }),
    types: null,
  };
  const hidden = addEncoder(g, { config, weights, isQuantized: true }, inputs);
  g.output(hidden, { name: "last_hidden_state", type: "float", shape: [...shape, config.hidden] });
  return g.encode();
}

/** Copies all of a model but its weights. */
function copyDescription(model: string, to: string): void {
  const { pooling, dense } = listDeclarationFiles(model);
  const transformer = findTransformerFolder(model);
  // The settings of sentence-transformers have several names.
  const isOwn = (name: string) =>
    tokenizerFiles.includes(name) || (/\.json$/.test(name) && name !== checkpointFiles.index);
  const listOwn = (folder: string) =>
    readdirSync(folder)
      .filter(isOwn)
      .map((name) => join(folder, name));
  const parts = [...pooling, ...dense].map((name) => join(model, name));
  for (const path of new Set([...listOwn(model), ...listOwn(transformer), ...parts])) {
    const place = join(to, relative(model, path));
    makeFolder(dirname(place));
    cpSync(path, place, { dereference: true });
  }
}
