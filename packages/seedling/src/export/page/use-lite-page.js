// The page of a head on Universal Sentence Encoder Lite, which is a graph of TensorFlow.js.

import {
  createUseLiteReader,
  createUseLiteTokenizer,
  openUseLiteModel,
} from "@seedling/core/browser";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { dispose, env, setBackend, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { startPage } from "./classifier-page.js";
import { createHead } from "./head.js";
import { facts, parseFile } from "./packed-files.js";
import { scoreVectors } from "./texts.js";

startPage(async (unpack) => {
  const runtime = await unpack("runtime");
  // It would be fetched by its name: this page has it itself.
  const headers = { "content-type": "application/wasm" };
  setWasmPaths("./", true);
  env().platform.fetch = async () => new Response(runtime, { headers });
  if (!(await setBackend("wasm"))) throw new Error("TensorFlow.js could not start WebAssembly");
  const tf = { loadGraphModel, tensor1d, tensor2d, dispose };
  const graph = parseFile(await unpack("graph"));
  const model = await openUseLiteModel(tf, graph, await unpack("weights"));
  const tokenize = createUseLiteTokenizer(parseFile(await unpack("vocabulary")));
  const read = createUseLiteReader(tokenize, facts.maxLength ?? Number.POSITIVE_INFINITY);
  const shape = /** @type {NonNullable<typeof facts.head>} */ (facts.head);
  const head = createHead(shape, await unpack("head"));
  return (example) =>
    scoreVectors(
      example,
      async (text) => {
        const { ids, tokens, cutsOption } = read(text);
        const vector = await model.encode({ ids: Int32Array.from(ids), rows: 1 });
        return { vector, tokens, kept: ids.length, cutsOption };
      },
      head,
    );
});
