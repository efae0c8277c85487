// Compares the speed of two versions: runs one benchmark in an old clone and in this one, in turn, and prints
// for each number that both print the median of the old by the new one. Above 1 this version is faster.
//
//   node scripts/compare-speed.mjs --old ../old-clone [--pairs 7] tables 1200
//
// The range of seven pairs' ratios holds the true median with 98 %.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { old: { type: "string" }, pairs: { type: "string", default: "7" } },
});
const [name, ...args] = positionals;
if (!values.old || !name) throw new Error("expected --old CLONE, and a benchmark's name");
const here = resolve(import.meta.dirname, "..");
const old = resolve(values.old);

const ratios = new Map();
for (let pair = 1; pair <= Number(values.pairs); pair++) {
  // Who goes first changes from pair to pair: a machine may get slower or faster.
  const order = pair % 2 === 1 ? [old, here] : [here, old];
  const printed = new Map(order.map((root) => [root, readNumbers(run(root))]));
  for (const [key, before] of printed.get(old)) {
    const now = printed.get(here).get(key);
    if (now === undefined) continue;
    // The encoding benchmark's columns are texts and tokens a second.
    const isRate = key.includes("#/s") || name === "encoding";
    const ratio = isRate ? now / before : before / now;
    ratios.set(key, [...(ratios.get(key) ?? []), ratio]);
  }
  console.error(`pair ${pair} of ${values.pairs}`);
}
console.log("median (lowest to highest): what");
for (const [key, all] of ratios) {
  const sorted = all.toSorted((a, b) => a - b);
  const median = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (!Number.isFinite(low + high)) continue;
  const isSlower = median < 0.95 && high < 1;
  const range = `${low.toFixed(2)} to ${high.toFixed(2)}`;
  console.log(`${median.toFixed(2)} (${range})${isSlower ? " SLOWER" : ""}: ${key}`);
}

/** What a version's benchmark prints. Before there was a launcher, tsx ran it. */
function run(root) {
  const launcher = join(root, "scripts/launch.mjs");
  const command = existsSync(launcher)
    ? [launcher, `benchmark-${name}`, ...args]
    : [join(root, "node_modules/tsx/dist/cli.mjs"), `benchmarks/${name}.ts`, ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${root}: ${name} failed: ${stderr}`);
  return stdout;
}

/** The numbers of a text by the line that they stand in, with `#` for each number, and by their order there. */
function readNumbers(text) {
  const numbers = new Map();
  for (const line of text.split("\n")) {
    const pattern = /(?<![\w.])\d[\d,]*(\.\d+)?(?![\w.]*[A-Za-z]*\d)/g;
    const label = line.replaceAll(pattern, "#").replaceAll(/\s+/g, " ").trim();
    for (const [at, [number]] of [...line.matchAll(pattern)].entries()) {
      let key = `${label} [${at + 1}]`;
      while (numbers.has(key)) key += "'";
      numbers.set(key, Number(number.replaceAll(",", "")));
    }
  }
  return numbers;
}
