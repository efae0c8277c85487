import { join } from "node:path";
import {
  bagOfWords,
  countDimensions,
  createRecipe,
  type Dtype,
  ExpectedError,
  findGraphPlace,
  hashModel,
  isBuiltIn,
  prepareModel,
  projectFolders,
  readFollowed,
  resolveReading,
  tryFile,
  weightFiles,
} from "@seedling/core/internal";
import { hashCheckpoint } from "../checkpoint/encoder-hash.ts";
import { fetchCheckpoint } from "../checkpoint/fetch-checkpoint.ts";
import { withQuantizedGraph } from "../features/quantized-encoder.ts";
import { addClassifier } from "../onnx/classifier-graph.ts";
import { addEncoder, type TokenInputs } from "../onnx/encoder-graph.ts";
import { readForeignGraph } from "../onnx/foreign-graph.ts";
import { createGraph, type GraphBuilder, mostModelBytes } from "../onnx/graph.ts";
import { addHead, addPair } from "../onnx/head-graph.ts";
import { addPooling, addUnitVector } from "../onnx/pooling-graph.ts";
import type { Chunk } from "../onnx/protobuf.ts";
import { readNumbers } from "../onnx/read-numbers.ts";
import type { HeadFacts } from "./facts.ts";
import { readHead } from "./head-classifier.ts";
import type { HubFiles } from "./hub-files.ts";
import { checkEncoder, findEncoder, type LoadOptions } from "./load-classifier.ts";

/** Encodes a graph. @param isPacked keeps its matrices of floats in 12 bits, left out: as they are */
type EncodeGraph = (isPacked?: boolean) => readonly Chunk[];

/** A classifier as graphs, each encoded when it is written, with what stands beside them. */
export interface GraphSource extends Omit<HubFiles, "classes"> {
  graphs: Partial<Record<Dtype, EncodeGraph>>;
}

/** Adds an encoder: token ids -> unit vectors. @param copy stands behind the names of its values; empty: it is the first */
type AddVectors = (g: GraphBuilder, inputs: TokenInputs, copy: string) => string;

/**
 * Reads a head and its encoder as graphs.
 * @throws ExpectedError if the encoder is gone or not the training's, or none that a graph can be made of
 */
export async function readFrozen(
  folder: string,
  facts: HeadFacts,
  options: LoadOptions,
): Promise<GraphSource> {
  if (isBuiltIn(facts.encoder))
    throw new ExpectedError(
      facts.encoder === bagOfWords
        ? `${folder}: bag-of-words cannot be exported as ONNX: a graph reads tokens, and its words are no tokenizer's; train with --encoder and a model of the hub`
        : `${folder}: ${facts.encoder} cannot be exported as ONNX: its encoder is a graph of TensorFlow.js; train with --encoder and a model of the hub`,
    );
  const head = await readHead(folder, facts);
  const encoder = findEncoder(folder, facts, options.encoder);
  const { cache: modelsDir = projectFolders.models, log = () => {} } = options;
  const { fetch = globalThis.fetch, env = {} } = options;
  const source = { encoder, modelsDir, log, fetch, env };
  const open = facts.runtime === "tfjs" ? openOwn : openForeign;
  const { hash, dimensions, reading, files, graphs } = await open(source, facts);
  checkEncoder(folder, facts, encoder, { hash, dimensions }, options.anyEncoder ?? false);
  const { classes, features, temperature = 1 } = facts;
  const texts = features === "pair" ? 2 : 1;
  const form = { classes: classes?.length ?? null, texts, hasTypes: false, temperature } as const;
  const encode = ({ scope, addVectors, modelHead }: VectorGraph, isPacked?: boolean) => {
    const g = createGraph(scope, isPacked);
    addClassifier(g, form, (texts) => {
      const [u = "", v] = texts.map((one, at) =>
        addVectors(g, one, at === 0 ? "" : `/text${at + 1}`),
      );
      return addHead(g, head, v === undefined ? u : addPair(g, u, v));
    });
    return g.encode(modelHead);
  };
  const { prompt, lowerCase, maxLength } = reading;
  const encoded = Object.entries(graphs).map(([dtype, one]) => [
    dtype,
    (isPacked?: boolean) => encode(one, isPacked),
  ]);
  return { folder: files, maxLength, prompt, lowerCase, graphs: Object.fromEntries(encoded) };
}

/** A graph that gives vectors. */
interface VectorGraph {
  /** Before the names of what is put behind it. */
  scope: string;
  addVectors: AddVectors;
  /** The fields of its model beside the graph; undefined: ours. */
  modelHead: readonly Chunk[] | undefined;
}

type ModelSource = Parameters<typeof fetchCheckpoint>[0];

/** Opens one of our own encoders. */
async function openOwn(source: ModelSource, { reading, maxLength }: HeadFacts) {
  const model = await fetchCheckpoint(source);
  const own = resolveReading(model, { reading: reading ?? null, maxLength });
  const { config, tokenizer, weights } = await readNumbers(own.declared.folder);
  const longest = Math.min(own.maxLength, config.maxPositions);
  const resolved = { ...own, maxLength: longest };
  const encodePrompt = (text: string) => tokenizer.encode(text, null, Number.POSITIVE_INFINITY).ids;
  const recipe = await createRecipe(model, resolved, encodePrompt);
  const create = (isQuantized: boolean): VectorGraph => ({
    scope: "",
    modelHead: undefined,
    addVectors(g, inputs) {
      const hidden = addEncoder(g, { config, weights, isQuantized }, inputs);
      return addUnitVector(g, addPooling(g, hidden, inputs, recipe), recipe.dense);
    },
  });
  return {
    hash: await hashCheckpoint(model, true),
    dimensions: countDimensions(recipe, config.hidden),
    reading: resolved,
    files: own.declared.folder,
    graphs: { fp32: create(false), q8: create(true) },
  };
}

/** Opens an encoder that came as a graph. */
async function openForeign(source: ModelSource, { reading, maxLength, dtype }: HeadFacts) {
  const found = await withQuantizedGraph(source, { runtime: "onnx", dtype });
  const { model, folder, ...prepared } = await prepareModel(found, {
    reading: reading ?? null,
    maxLength,
    dtype,
  });
  const place = findGraphPlace(folder, prepared.dtype) ?? "onnx";
  const path = join(folder, place, weightFiles[prepared.dtype]);
  const graph = readForeignGraph(
    path,
    tryFile("read", path, () => readFollowed(path, mostModelBytes)),
  );
  const { recipe } = prepared;
  const vectors: VectorGraph = {
    scope: "classifier/",
    modelHead: graph.head,
    addVectors(g, inputs, copy) {
      const { value, isPooled } = graph.addTo(g, inputs, recipe, copy);
      const pooled = isPooled ? value : addPooling(g, value, inputs, recipe);
      return addUnitVector(g, pooled, isPooled ? [] : recipe.dense);
    },
  };
  return {
    hash: await hashModel(model, prepared.dtype),
    dimensions: null,
    reading: prepared.reading,
    files: folder,
    graphs: { [prepared.dtype]: vectors } as Partial<Record<Dtype, VectorGraph>>,
  };
}
