// The page of a classifier that is one ONNX graph.

import { Tokenizer } from "@huggingface/tokenizers";
import { cutMarks, fillFrame, prepareText, tokenizeText } from "@seedling/core/browser";
import { listTextPairs } from "@seedling/trainer/browser";
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { startPage } from "./classifier-page.js";
import { facts, parseFile } from "./packed-files.js";
import { listTextRows } from "./texts.js";

/** @typedef {ReturnType<typeof fillFrame>} Encoded */

const { classes, features, input, maxLength } = facts;
const reading = /** @type {NonNullable<typeof facts.reading>} */ (facts.reading);
const longest = maxLength ?? Number.POSITIVE_INFINITY;

startPage(async (unpack) => {
  env.logLevel = "error";
  // Threads need memory that pages from disk do not get.
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = (await unpack("runtime")).buffer;
  const tokenizer = new Tokenizer(
    parseFile(await unpack("tokenizer")),
    parseFile(await unpack("tokenizerConfig")),
  );
  const session = await InferenceSession.create(await unpack("graph"));
  const encode = (/** @type {string} */ text) =>
    tokenizer.encode(cutMarks(text), { add_special_tokens: false }).ids;

  /** The texts of an example, each with its tokens: of a tuned encoder a pair is one of them. */
  const encodeRows = (/** @type {import("./texts.js").UnlabelledExample} */ example) => {
    if (features === null)
      return listTextPairs(example, { classes, input }).map(([first, second]) => {
        const frame = second === null ? reading.single : reading.pair;
        if (frame === null) throw new Error("its tokenizer does not read two texts");
        const texts = second === null ? [first] : [first, second];
        const tokens = texts.map((text) => tokenizeText(encode, text));
        return [fillFrame(frame, tokens, longest)];
      });
    return listTextRows(example).map((row) =>
      row.map((text) => {
        const tokens = tokenizeText(encode, prepareText(text, reading));
        return fillFrame(reading.single, [tokens], longest);
      }),
    );
  };

  /** One row a call: in 8 bits a text's numbers depend on what else is in the batch. */
  const run = async (/** @type {Encoded[]} */ row) => {
    /** @type {Record<string, Tensor>} */
    const feeds = {};
    for (const [at, { ids, typeIds }] of row.entries()) {
      const shape = classes ? [1, ids.length] : [1, 1, ids.length];
      const given = { input_ids: ids, attention_mask: ids.map(() => 1), token_type_ids: typeIds };
      for (const [key, numbers] of Object.entries(given)) {
        const name = at === 0 ? key : `${key}_${at + 1}`;
        if (session.inputNames.includes(name))
          feeds[name] = new Tensor("int64", BigInt64Array.from(numbers, BigInt), shape);
      }
    }
    const { logits } = await session.run(feeds);
    return Array.from(/** @type {Float32Array} */ (logits?.data));
  };

  return async (example) => {
    const rows = encodeRows(example);
    const scores = [];
    for (const row of rows) scores.push(...(await run(row)));
    const read = rows.map((row) =>
      row.map(({ ids, tokens, cutsOption }) => ({ tokens, kept: ids.length, cutsOption })),
    );
    return { scores, read };
  };
});
