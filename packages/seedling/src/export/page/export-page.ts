import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import {
  ExpectedError,
  makeAtomic,
  readFollowed,
  renderBytes,
  renderCount,
  renderPercent,
  shortenPath,
  wilsonInterval,
} from "@seedling/core/internal";
import {
  computeBaseline,
  constantLevel,
  type EvaluationManifest,
  mostShared,
} from "@seedling/eval/internal";
import {
  type LoadOptions,
  listTrainingFacts,
  type RunnableClassifier,
  readFacts,
  readRunnable,
  renderPromise,
  type TrainingFact,
} from "@seedling/trainer/internal";
import { readRecord } from "../read-record.ts";
import { findPageExamples } from "./page-examples.ts";
import { renderClassifierPage } from "./render-page.ts";
import { measureWideText, toWideText } from "./wide-text.ts";

/** The file of an export. */
export const pageFile = "page.html";

/** The most bytes of what is packed, as text. */
const mostPacked = 250e6;

const require = createRequire(import.meta.url);
const inPackage = (name: string, path: string) => join(dirname(require.resolve(name)), path);

/** What runs a classifier: the page's script, and the WebAssembly that it starts. */
const engines = {
  onnx: {
    script: "onnx-page",
    holds: "ONNX Runtime Web (MIT) and Tokenizers.js (Apache 2.0)",
    runtime: () => inPackage("onnxruntime-web", "ort-wasm-simd-threaded.wasm"),
  },
  "use-lite": {
    script: "use-lite-page",
    holds: "Universal Sentence Encoder Lite and TensorFlow.js (Apache 2.0)",
    runtime: () => inPackage("@tensorflow/tfjs-backend-wasm", "tfjs-backend-wasm-simd.wasm"),
  },
  "bag-of-words": { script: "words-page", holds: null, runtime: () => null },
} as const satisfies Record<
  RunnableClassifier["engine"],
  { script: string; holds: string | null; runtime: () => string | null }
>;

/** How files are packed, where not as texts are: of weights little is the same twice. */
const strategies: Record<string, number> = { graph: constants.Z_FILTERED };

/** A page that was written. */
export interface ExportedPage {
  bytes: number;
  /** The name of the file whose texts are its examples; null: it has none. */
  exampleFile: string | null;
}

const pack = promisify(gzip) as (data: Uint8Array, options: object) => Promise<Buffer>;

/**
 * Exports a classifier as one HTML file that classifies what is typed, without a server or a network. Equal classifiers
 * with equal records give equal bytes.
 * @param folder the classifier's
 * @param to a folder; page.html in it is replaced
 * @throws ExpectedError if a file is missing or damaged, the encoder is gone, or the page is too large for a browser
 */
export async function exportPage(
  folder: string,
  to: string,
  options: LoadOptions = {},
): Promise<ExportedPage> {
  const model = await readRunnable(folder, options);
  const { threshold } = readFacts(folder);
  const { manifest, evaluations } = await readRecord(folder);
  const found = await findPageExamples(folder, model.facts.classes, manifest, evaluations);
  const { script, holds, runtime } = engines[model.engine];
  const wasm = runtime();
  const files: Record<string, Uint8Array> = {
    ...(wasm && { runtime: readFollowed(wasm) }),
    ...model.files,
  };
  const packed: { name: string; data: Buffer }[] = [];
  for (const [name, bytes] of Object.entries(files))
    packed.push({ name, data: await pack(bytes, { level: 9, strategy: strategies[name] }) });
  const size = packed.reduce((sum, { data }) => sum + measureWideText(data.length), 0);
  if (size > mostPacked)
    throw new ExpectedError(
      `${folder}: expected at most ${renderBytes(mostPacked)} in a page, which a browser opens, got ${renderBytes(size)}: train on a smaller encoder`,
    );
  const isSample = manifest?.data.kind === "sample" || manifest?.completions?.kind === "sample";
  const parts = renderClassifierPage({
    title: manifest ? shortenPath(manifest.task) : "A classifier",
    script,
    facts: {
      ...model.facts,
      files: Object.fromEntries(Object.entries(files).map(([name, { length }]) => [name, length])),
      threshold: threshold ? { value: threshold.value, promise: renderPromise(threshold) } : null,
      reading: "reading" in model ? model.reading : null,
      head: "head" in model ? model.head : null,
      examples: found?.examples ?? [],
    },
    packed: packed.map(({ name, data }) => ({ name, bytes: data.length, text: toWideText(data) })),
    warnings: [
      ...(isSample
        ? [
            "SAMPLE: trained on the small sample that comes with Seedling; its figures say nothing about the benchmark.",
          ]
        : []),
      ...(manifest?.dev.collapsed
        ? [
            "COLLAPSED: it gives one answer for every item of the dev split; it learned which one is most frequent.",
          ]
        : []),
    ],
    results: describeResults(evaluations, model),
    training: manifest
      ? [...listTrainingFacts(manifest, threshold), ...listOtherTests(evaluations)]
      : [],
    holds: [
      "Made with Seedling (MIT).",
      ...(holds ? [`It holds ${holds}.`] : []),
      ...(manifest
        ? [`The terms of ${shortenPath(manifest.student.encoder)} hold for its weights.`]
        : []),
    ].join(" "),
    exampleFile: found?.file ?? null,
  });
  const whole = Array.from(parts, (part) => Buffer.from(part, "utf16le"));
  const bytes = whole.reduce((sum, { length }) => sum + length, 0);
  await makeAtomic(join(to, pageFile), (part) => writeFile(part, whole, { flag: "wx" }));
  return { bytes, exampleFile: found?.file ?? null };
}

/** How far the answers of a graph's page are those of the classifier. */
const rounding = {
  fp32: "This page has its weights in 12 bits in place of 32: about one answer in a thousand is another, where two labels are about as probable.",
  q8: "It computes in 8 bits, which a browser rounds in other places: a few answers in a thousand are others, where two labels are about as probable.",
};

/** Says what was measured on its own test set, and what is not known. */
export function describeResults(
  evaluations: readonly EvaluationManifest[],
  model: RunnableClassifier,
): string[] {
  const sentences = evaluations
    .filter(({ test }) => test.kind === "in-domain")
    .map((one) => `${describeTest(one)}.`);
  if (sentences.length === 0) sentences.push("Nothing was measured on a test set of its own.");
  return "dtype" in model ? [...sentences, rounding[model.dtype]] : sentences;
}

/** Lists what was measured on other test sets, as facts of its training. */
function listOtherTests(evaluations: readonly EvaluationManifest[]): TrainingFact[] {
  const others = evaluations.filter(({ test }) => test.kind !== "in-domain");
  return others.map((one) => ({ name: "On other data", text: describeTest(one) }));
}

function describeTest(evaluation: EvaluationManifest): string {
  const { test } = evaluation;
  const { n, correct, data, shared, judged } = test;
  const { low, high } = wilsonInterval(correct / n, n);
  const { chance, bestConstant } = computeBaseline(evaluation);
  const name = `${basename(test.task)}${data.kind === "sample" ? " (SAMPLE)" : ""}`;
  return [
    `${renderPercent(correct / n)} of ${renderCount(n, "test item")} of ${name} right (95 % interval ${renderPercent(low)} to ${renderPercent(high)})`,
    bestConstant !== null && `a constant answer has ${renderPercent(bestConstant)}`,
    chance !== null && `a guess has ${renderPercent(chance)}`,
    judged && judged.constantP > constantLevel && "it is not shown to be better (one-sided, 95 %)",
    shared &&
      shared.train > mostShared * n &&
      `${renderPercent(shared.train / n)} of the items stand in the training data, or nearly`,
  ]
    .filter((text) => typeof text === "string")
    .join("; ")
    .replaceAll(" %", "\u00a0%");
}
