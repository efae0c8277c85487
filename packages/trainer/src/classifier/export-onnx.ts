import { join } from "node:path";
import { type Dtype, ExpectedError, weightFiles } from "@seedling/core/internal";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import { addClassifier } from "../onnx/classifier-graph.ts";
import { addEncoder, type TokenInputs } from "../onnx/encoder-graph.ts";
import { createGraph, writeModel } from "../onnx/graph.ts";
import { addEncoderHead } from "../onnx/head-graph.ts";
import { readNumbers } from "../onnx/read-numbers.ts";
import { type GraphSource, readFrozen } from "./export-frozen.ts";
import { explainOwnEncoder, type HeadFacts, readWholeFacts, type TunedFacts } from "./facts.ts";
import { writeHubFiles } from "./hub-files.ts";
import type { LoadOptions } from "./load-classifier.ts";
import { chooseEncoderHead } from "./tuned-classifier.ts";

/** A classifier that was exported. */
export interface ExportedClassifier {
  /** The files of the folder, by their paths in it, and the sizes of graphs in bytes. */
  files: { path: string; bytes: number | null }[];
  /** What a graph takes: one text, two that are encoded apart, or a text for each option. */
  isSingleText: boolean;
}

/**
 * Exports a classifier for ONNX runtimes in the layout of transformers.js: config.json, the tokenizer's files,
 * onnx/model.onnx and onnx/model_quantized.onnx, from token ids to `logits`. A head on an encoder that came as a graph
 * has the graph's own number type alone. Equal classifiers give equal bytes.
 * @param folder the classifier's
 * @param to a folder; files of these names in it are replaced
 * @throws ExpectedError if a file is missing or damaged, the encoder is gone, or it is none that can be exported
 */
export async function exportOnnx(
  folder: string,
  to: string,
  options: LoadOptions = {},
): Promise<ExportedClassifier> {
  const facts = readWholeFacts(folder);
  const source = await readGraphs(folder, facts, options);
  const files: ExportedClassifier["files"] = [];
  for (const [dtype, encode] of Object.entries(source.graphs)) {
    const path = join("onnx", weightFiles[dtype as Dtype]);
    files.push({ path, bytes: await writeModel(join(to, path), encode()) });
  }
  const dtypes = Object.keys(source.graphs) as Dtype[];
  const { classes } = facts;
  const written = await writeHubFiles(to, { ...source, classes }, dtypes);
  const isSingleText = classes !== null && (facts.tune === "full" || facts.features === "text");
  return { files: [...files, ...written.map((path) => ({ path, bytes: null }))], isSingleText };
}

/** Reads a classifier whose facts were read as graphs. @throws as `exportOnnx` */
export function readGraphs(
  folder: string,
  facts: HeadFacts | TunedFacts,
  options: LoadOptions,
): Promise<GraphSource> {
  return facts.tune === "full"
    ? readTuned(folder, facts, options)
    : readFrozen(folder, facts, options);
}

async function readTuned(
  folder: string,
  facts: TunedFacts,
  { encoder }: LoadOptions,
): Promise<GraphSource> {
  if (encoder !== undefined) throw new ExpectedError(explainOwnEncoder(folder));
  const { classes, offsets, temperature = 1 } = facts;
  const choose = (config: EncoderConfig) => chooseEncoderHead(facts, config);
  const { config, weights } = await readNumbers(folder, choose, "train the classifier again");
  const head = choose(config);
  const hasTypes = config.typeCount > 1;
  const form = {
    classes: classes?.length ?? null,
    texts: 1,
    hasTypes,
    offsets,
    temperature,
  } as const;
  const encode = (isQuantized: boolean, isPacked?: boolean) => {
    const g = createGraph("", isPacked);
    const numbers = { config, weights, isQuantized };
    addClassifier(g, form, (texts) => {
      const [inputs] = texts as [TokenInputs];
      return addEncoderHead(g, head, numbers, addEncoder(g, numbers, inputs), inputs);
    });
    return g.encode();
  };
  const maxLength = Math.min(facts.maxLength, config.maxPositions);
  const graphs = {
    fp32: (isPacked?: boolean) => encode(false, isPacked),
    q8: () => encode(true),
  };
  return { folder, maxLength, prompt: "", lowerCase: false, graphs };
}
