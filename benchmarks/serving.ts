/**
 * Speed of a served classifier beside its own, without HTTP, in turn. Run by hand:
 *
 *   node scripts/launch.mjs benchmark-serving CLASSIFIER [--texts 400] [--clients 64] [--rounds 5]
 *
 * Each client is on another thread and asks for one text at a time; latencies are of all rounds. Ours alone gets all
 * texts in one call.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { serveClassifier } from "../packages/seedling/src/index.ts";
import { loadClassifier } from "../packages/trainer/src/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    texts: { type: "string", default: "400" },
    clients: { type: "string", default: "64" },
    rounds: { type: "string", default: "5" },
  },
});
const words =
  "where is the parcel that I ordered last week and why was it never delivered here".split(" ");
const texts = Array.from({ length: Number(values.texts) }, (_, i) =>
  [`number ${i}`, ...words.slice(0, 4 + (i % 13))].join(" "),
);
const script = `
const { parentPort, workerData: { url, clients } } = require("node:worker_threads");
parentPort.on("message", async (texts) => {
  const taken = [];
  let next = 0;
  const ask = async () => {
    while (next < texts.length) {
      const body = JSON.stringify({ inputs: texts[next++] });
      const start = performance.now();
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(url + "/predict", { method: "POST", headers, body });
      await response.json();
      if (response.status !== 200) throw new Error(String(response.status));
      taken.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: clients }, ask));
  parentPort.postMessage(taken);
});`;

const classifier = await loadClassifier(positionals[0] ?? "");
const server = await serveClassifier(classifier);
const worker = new Worker(script, {
  eval: true,
  workerData: { url: server.url, clients: Number(values.clients) },
});

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return texts.length / ((performance.now() - start) / 1000);
}

const latencies: number[] = [];
const ratios: number[] = [];
for (let round = 0; round <= Number(values.rounds); round++) {
  const own = await time(() => classifier.predict(texts));
  const served = await time(async () => {
    const answered = new Promise<number[]>((resolve) => worker.once("message", resolve));
    worker.postMessage(texts);
    const taken = await answered;
    if (round > 0) latencies.push(...taken);
  });
  if (round === 0) continue; // it warms up
  ratios.push(served / own);
  console.log(
    `own ${own.toFixed(0)} texts/s, served ${served.toFixed(0)}, ${(served / own).toFixed(2)}`,
  );
}
const quantile = (all: number[], part: number) =>
  [...all].sort((a, b) => a - b)[Math.floor(part * (all.length - 1))] ?? Number.NaN;
console.log(
  `ratio ${quantile(ratios, 0.5).toFixed(2)} (median); ${values.clients} clients: p50 ${quantile(latencies, 0.5).toFixed(0)} ms, p99 ${quantile(latencies, 0.99).toFixed(0)} ms`,
);
await worker.terminate();
await server.close();
await classifier.dispose();
process.exit(0);
