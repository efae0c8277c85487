/**
 * What an export of a classifier keeps, costs and brings. Run by hand, on classifiers with a test set each:
 *
 *   node scripts/launch.mjs benchmark-export results/trainings/.../classifier=../shared/benchmarks/yesno_close/creak/test.jsonl ...
 *     [--items 5000] [--own 1000] [--texts 100] [--models DIR]
 *
 * For each: seconds and sizes of the export; the labels of the 32-bit graph beside those of the classifier's own forward
 * pass on the first items, and the largest difference of their logits; accuracy in 32 and in 8 bits on all of them, one
 * a call, with the paired difference and its one-sided 95 % bound; and examples a second of processor time by
 * onnxruntime, native and in WebAssembly, on one thread. Then the difference of all together.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AutoTokenizer } from "@xenova/transformers";
import { type Example, mean, readExamples } from "../packages/core/src/internal.ts";
import { readFacts } from "../packages/trainer/src/classifier/facts.ts";
import { argMax } from "../packages/trainer/src/data/metrics.ts";
import { exportOnnx, loadClassifier } from "../packages/trainer/src/index.ts";
import { measureDifference, type ReadAs, tokenizeLike } from "../packages/trainer/test/exported.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    items: { type: "string", default: "5000" },
    own: { type: "string", default: "1000" },
    texts: { type: "string", default: "100" },
    models: { type: "string" },
  },
});
if (positionals.length === 0) throw new Error("give CLASSIFIER=TEST");

type Feeds = Record<string, unknown>;
type Call = Awaited<ReturnType<typeof toCalls>>[number];
interface Runtime {
  InferenceSession: { create(path: string, options: object): Promise<Session> };
  Tensor: new (type: "int64", data: unknown, shape: readonly number[]) => unknown;
}
interface Session {
  inputNames: readonly string[];
  run(feeds: Feeds): Promise<{ logits: { data: Float32Array } }>;
}

/** Native or in WebAssembly; by a name, so that neither is bundled. */
const openRuntime = async (name: string): Promise<Runtime> => {
  const module = await import(name);
  return module.default ?? module;
};
const runtimes = {
  native: await openRuntime("onnxruntime-node"),
  WebAssembly: await openRuntime("onnxruntime-web"),
};
const one = { intraOpNumThreads: 1, interOpNumThreads: 1 };
const files = { fp32: "model.onnx", q8: "model_quantized.onnx" };
const options = values.models === undefined ? {} : { cache: resolve(values.models) };

/** The inputs of examples, one a call, by the exported tokenizer. */
async function toCalls(folder: string, examples: readonly Example[], form: ReadAs) {
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  return examples.map((example) => {
    const inputs = Object.entries(tokenizeLike(tokenizer, [example], form));
    return inputs.map(([name, tensor]) => {
      const { data, dims } = form.isChoice ? tensor.unsqueeze(0) : tensor;
      return { name, data, dims };
    });
  });
}

/** A call for a session, which has no second segment where the encoder is frozen. */
function toFeeds({ Tensor }: Runtime, { inputNames }: Session, call: Call): Feeds {
  const read = call.filter(({ name }) => inputNames.includes(name));
  return Object.fromEntries(
    read.map(({ name, data, dims }) => [name, new Tensor("int64", data, dims)]),
  );
}

const temporary = mkdtempSync(join(tmpdir(), "benchmark-export-"));
const all: number[] = [];
for (const [at, given] of positionals.entries()) {
  const [from = "", test = ""] = given.split("=").map((path) => resolve(path));
  const to = join(temporary, String(at));
  console.log(given);
  const facts = await readFacts(from);
  const { classes } = facts;
  const read = await readExamples(test, { columns: { label: "category" }, options: classes });
  const examples = read.slice(0, Number(values.items));
  const form: ReadAs = {
    isPair: facts.tune === "head" && facts.features === "pair",
    isChoice: classes === null,
    isTuned: facts.tune === "full",
  };

  const began = performance.now();
  const exported = await exportOnnx(from, to, options);
  const seconds = (performance.now() - began) / 1000;
  const [whole = 0, small = 0] = exported.files.map(({ bytes }) => bytes ?? 0);
  const sizes = [whole, small].map((bytes) => (bytes / 1e6).toFixed(1)).join(" and ");
  console.log(`  exported in ${seconds.toFixed(1)} s: ${sizes} MB (${(small / whole).toFixed(3)})`);

  const calls = await toCalls(to, examples, form);
  const score = async (dtype: keyof typeof files) => {
    const { InferenceSession } = runtimes.native;
    const session = await InferenceSession.create(join(to, "onnx", files[dtype]), one);
    const scores: number[][] = [];
    for (const [row, call] of calls.entries()) {
      const { logits } = await session.run(toFeeds(runtimes.native, session, call));
      const { options } = examples[row] as Example;
      const order = options.map((option, i) => classes?.indexOf(option) ?? i);
      scores.push(order.map((i) => logits.data[i] as number));
    }
    return scores;
  };
  const scores = { fp32: await score("fp32"), q8: await score("q8") };
  const labels = { fp32: scores.fp32.map(argMax), q8: scores.q8.map(argMax) };

  const classifier = await loadClassifier(from, options);
  const own = await classifier.predictOptions(examples.slice(0, Number(values.own)));
  await classifier.dispose();
  const logs = own.map(({ probabilities }) => probabilities.map(Math.log));
  const same = own.filter(({ label }, row) => label === labels.fp32[row]).length;
  console.log(
    `  32 bits beside its own forward pass: ${same} of ${own.length} labels are the same, logits within ${measureDifference(logs, scores.fp32).toExponential(1)}`,
  );

  const right = (own: readonly number[]) =>
    own.map((label, row) => Number(label === examples[row]?.label));
  const [fp32, q8] = [right(labels.fp32), right(labels.q8)];
  const differences = q8.map((is, row) => is - (fp32[row] ?? 0));
  all.push(...differences);
  const alike = labels.q8.filter((label, row) => label === labels.fp32[row]).length;
  console.log(
    `  ${fp32.length} items: 32 bits ${percent(mean(fp32))}, 8 bits ${percent(mean(q8))}, alike ${percent(alike / fp32.length)}; ${describe(differences)}`,
  );

  const speed = calls.slice(0, Number(values.texts));
  for (const [name, runtime] of Object.entries(runtimes)) {
    const rates: number[] = [];
    for (const file of Object.values(files)) {
      const session = await runtime.InferenceSession.create(join(to, "onnx", file), one);
      const feeds = speed.map((call) => toFeeds(runtime, session, call));
      for (const feed of feeds.slice(0, 10)) await session.run(feed);
      const began = process.cpuUsage();
      for (const feed of feeds) await session.run(feed);
      const { user, system } = process.cpuUsage(began);
      rates.push((1e6 * feeds.length) / (user + system));
    }
    const [fp32 = 0, q8 = 0] = rates;
    console.log(
      `  ${name}, 1 thread: 32 bits ${fp32.toFixed(0)}, 8 bits ${q8.toFixed(0)} examples/s (${(q8 / fp32).toFixed(2)} times)`,
    );
  }
}
console.log(`all: ${all.length} items; ${describe(all)}`);
rmSync(temporary, { recursive: true });

/** The mean of paired differences, and the bound above which it is with 95 % confidence. */
function describe(differences: readonly number[]): string {
  const middle = mean(differences);
  const variance = mean(differences.map((x) => (x - middle) ** 2)) / differences.length;
  return `8 bits less 32 ${percent(middle)}, at least ${percent(middle - 1.645 * Math.sqrt(variance))}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
