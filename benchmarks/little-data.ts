// Linear heads on few and on created examples, as an own task has them, on vectors in files:
//   node scripts/launch.mjs benchmark-little-data encode --data DIR --encoder MODEL --vectors DIR
//   node scripts/launch.mjs benchmark-little-data fit --vectors DIR --cells human:64,gpt4.created:256 --draws 5
// encode reads task folders with train, test and *.created files (JSONL, or CSV of text and label). fit prints one
// JSON line for each data set, cell and draw: balanced accuracy, macro-F1, accuracy and calibration error on its test
// set in percent, and the seconds of CPU that fitting took; --write keeps the drawn rows, for others to fit.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "@seedling/core/internal";
import { dealByLabel, foldCount } from "../packages/trainer/src/data/folds.ts";
import { argMax, softmax } from "../packages/trainer/src/data/metrics.ts";
import { openFrozenEncoder } from "../packages/trainer/src/features/frozen-encoder.ts";
import { fitLinear } from "../packages/trainer/src/head/fit-linear.ts";
import type { VectorItem } from "../packages/trainer/src/head/head.ts";
import { scoreLinear } from "../packages/trainer/src/head/linear-head.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "" },
    encoder: { type: "string", default: "sentence-transformers/all-MiniLM-L6-v2" },
    vectors: { type: "string", default: "" },
    sets: { type: "string", default: "hyperbole,intimacy,sentiment,emotion,banking77" },
    cells: { type: "string", default: "train:64,train:256" },
    draws: { type: "string", default: "5" },
    names: { type: "string", default: "choose" },
    penalty: { type: "string", default: "loss" },
    write: { type: "string" },
  },
});
const sets = values.sets.split(",");

function readRows(path: string): { question: string; label: string }[] {
  const text = readFileSync(path, "utf8").trim();
  if (path.endsWith(".jsonl")) return text.split("\n").map((line) => JSON.parse(line));
  const [, ...rows] = text.match(/(?:"(?:[^"]|"")*"|[^"\n])+/g) ?? [];
  return rows.map((row) => {
    const [, cell = "", label = ""] = /^("(?:[^"]|"")*"|[^,]*),(.*?)\r?$/s.exec(row) ?? [];
    const question = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    return { question, label };
  });
}

async function encodeAll(): Promise<void> {
  mkdirSync(values.vectors, { recursive: true });
  const named = { encoder: values.encoder, runtime: "onnx", maxLength: 256 } as const;
  const embed = await openFrozenEncoder({ ...named, dtype: "q8", prompt: null }, {});
  for (const set of sets) {
    const files = ["train", "test", "gpt4.created", "llama2.created"].flatMap((file) =>
      ["jsonl", "csv"].map((end) => join(values.data, set, `${file}.${end}`)).filter(existsSync),
    );
    const all = files.map((file) => ({ file, rows: readRows(file) }));
    const labels = [...new Set(all.flatMap(({ rows }) => rows.map(({ label }) => label)))].sort();
    const save = async (to: string, texts: string[]) => {
      const found = await embed.embed(texts);
      const numbers = new Float32Array(found.length * embed.dimensions);
      for (const [i, { vector }] of found.entries()) numbers.set(vector, i * embed.dimensions);
      writeFileSync(join(values.vectors, `${to}.f32`), numbers);
    };
    const names = labels.map((label) => label.replace(/[_-]/g, " ").toLowerCase());
    await save(`${set}.names`, names);
    for (const { file, rows } of all) {
      const to = `${set}.${basename(file).replace(/\.\w+$/, "")}`;
      await save(
        to,
        rows.map(({ question }) => question),
      );
      const y = rows.map(({ label }) => labels.indexOf(label));
      writeFileSync(join(values.vectors, `${to}.json`), JSON.stringify({ labels, y }));
    }
  }
  await embed.dispose();
}

function readVectors(name: string): Float32Array[] {
  const bytes = readFileSync(join(values.vectors, `${name}.f32`));
  const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const rows = numbers.length / 384;
  return Array.from({ length: rows }, (_, row) => numbers.slice(row * 384, (row + 1) * 384));
}

function readItems(name: string): VectorItem[] {
  const { labels, y } = JSON.parse(readFileSync(join(values.vectors, `${name}.json`), "utf8"));
  return readVectors(name).map((vector, i) => {
    const right = labels.map((_: string, at: number) => at === y[i]);
    return { vectors: [vector], label: y[i], right };
  });
}

/** Balanced accuracy, macro-F1 (both as scikit-learn's), accuracy, and calibration error in 15 bins of equal width; percent. */
function measure(test: readonly VectorItem[], scores: readonly Float64Array[]) {
  const chosen = scores.map(argMax);
  const count = (is: (row: number) => boolean) => test.filter((_, row) => is(row)).length;
  const classes = [...new Set([...test.map(({ label }) => label), ...chosen])];
  const perClass = classes.map((one) => ({
    right: count((row) => test[row]?.label === one && chosen[row] === one),
    gold: count((row) => test[row]?.label === one),
    said: count((row) => chosen[row] === one),
  }));
  const percent = (all: number[]) => (100 * all.reduce((sum, x) => sum + x, 0)) / all.length;
  const bins = Array.from({ length: 15 }, () => 0);
  for (const [row, own] of scores.entries()) {
    const most = Math.max(...softmax(own));
    const bin = Math.min(14, Math.ceil(most * 15) - 1);
    bins[bin] = (bins[bin] ?? 0) + most - (chosen[row] === test[row]?.label ? 1 : 0);
  }
  return {
    balanced: percent(
      perClass.filter(({ gold }) => gold > 0).map(({ right, gold }) => right / gold),
    ),
    macroF1: percent(perClass.map(({ right, gold, said }) => (2 * right) / (gold + said))),
    accuracy: percent(test.map(({ label }, row) => Number(label === chosen[row]))),
    ece: (100 * bins.reduce((sum, gap) => sum + Math.abs(gap), 0)) / test.length,
  };
}

async function fitAll(): Promise<void> {
  for (const cell of values.cells.split(","))
    for (const set of sets) {
      const [source = "", size = ""] = cell.split(":");
      if (!existsSync(join(values.vectors, `${set}.${source}.f32`))) continue;
      const [pool, test] = [readItems(`${set}.${source}`), readItems(`${set}.test`)];
      const names = readVectors(`${set}.names`);
      for (let draw = 1; draw <= (size === "all" ? 1 : Number(values.draws)); draw++) {
        const rows = createRandom("little data", set, source, draw).shuffled(pool.map((_, i) => i));
        const own = size === "all" ? rows : rows.slice(0, Number(size));
        const train = own.map((i) => pool[i] as VectorItem);
        const folds = dealByLabel(
          train.map(({ label }) => label),
          foldCount,
          draw,
        );
        if (values.write)
          writeFileSync(
            join(values.write, `${set}.${source}.${size}.${draw}.json`),
            JSON.stringify({ own, folds }),
          );
        const began = process.cpuUsage();
        const { head, point, log } = await fitLinear(
          { train, dev: [], dimensions: 384, outputs: names.length },
          {
            names: values.names === "off" ? null : names,
            choosesNames: values.names === "choose",
            penalty: values.penalty === "loss" ? "loss" : Number(values.penalty),
            isBalanced: true,
            folds,
          },
        );
        const { user, system } = process.cpuUsage(began);
        const found = measure(test, scoreLinear(head, test));
        const at = { set, source, size, draw, method: `ours ${values.names} ${values.penalty}` };
        console.log(
          JSON.stringify({
            ...at,
            ...found,
            l2: point.l2,
            a: point.names ?? null,
            iterations: log.map(({ iterations }) => iterations).join(" "),
            losses: log.map(({ devLoss }) => devLoss?.toFixed(3)).join(" "),
            seconds: (user + system) / 1e6,
          }),
        );
      }
    }
}

await (positionals[0] === "encode" ? encodeAll() : fitAll());
