import { mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, isOfForm, openBackend, readExamples } from "@seedling/core/internal";
import { openUseLite } from "../packages/core/src/embed/use-lite.ts";
import { checks, judgeCandidate } from "../packages/creator/src/filters/checks.ts";
import { createSeenQuestions } from "../packages/creator/src/filters/duplicates.ts";
import { isRejection, toCandidate } from "../packages/creator/src/reply/candidate.ts";
import { pairedPermutation } from "../packages/eval/src/statistics/hypothesis-tests.ts";
import { addAnswers } from "../packages/trainer/src/data/examples.ts";
import { hashExamples } from "../packages/trainer/src/data/training-data.ts";

// What size costs: node scripts/launch.mjs benchmark-size [examples, 2000] [items, 4000]. Examples of 1,000 labels are
// read, checked and made items; texts of rising length are cut into tokens; a permutation test of 10 against 9 seeds.
// Against another version: node scripts/compare-speed.mjs --old CLONE --pairs 3 size

const [n = 2000, items = 4000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "seedling-size-"));

function print(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(56)}${value.toFixed(3).padStart(12)} ${unit}`);
}

/** Milliseconds of processor time. */
async function time<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return [result, (user + system) / 1000];
}

const labels = Array.from({ length: 1000 }, (_, i) => `intent number ${i} of the bank`);
const path = join(folder, "created.jsonl");
const file = openSync(path, "w");
for (let i = 0; i < n; i++) {
  const example = { question: `Where is my card ${i}?`, context: null, options: labels };
  writeSync(file, `${JSON.stringify({ ...example, label: labels[i % 1000] })}\n`);
}
const before = process.memoryUsage.rss();
const [examples, reading] = await time(() => readExamples(path));
print("an example of many labels read: time", reading / n, "ms");
print("  memory of the process for it", (process.memoryUsage.rss() - before) / n / 1000, "KB");
print("  hashed", (await time(() => hashExamples(examples)))[1] / n, "ms");
const form = { options: "fixed", optionCount: 1000, labels, context: false } as const;
print("  its form", (await time(() => examples.every((one) => isOfForm(one, form))))[1] / n, "ms");
const made = examples.map(() => ({}));
print("  its answers", (await time(() => addAnswers(examples, made, labels)))[1] / n, "ms");
const [formatting, ...created] = examples.slice(0, 200);
if (!formatting) throw new Error("expected an example");
const shape = { formatting, options: "fixed" as const };
const ctx = { shape, seen: createSeenQuestions(), near: [], evaluated: null };
const judge = async () => {
  for (const one of created) {
    const options = [...one.options];
    if (isRejection(await judgeCandidate(toCandidate({ ...one, options }), checks, ctx)))
      throw new Error("expected none to be rejected");
  }
};
print("  a candidate's checks", (await time(judge))[1] / created.length, "ms");

const use = await openUseLite(await openBackend({ force: "wasm" }), {
  maxLength: 1,
  threads: 1,
  workersAfter: Number.POSITIVE_INFINITY,
});
const random = createRandom("size");
const letter = () => String.fromCharCode(97 + random.int(26));
const words = Array.from({ length: 3000 }, () => Array.from({ length: 5 }, letter).join(""));
await use.embed(["a"]);
for (const [what, separator] of [
  ["words", " "],
  ["no spaces", ""],
] as const)
  for (const length of [400, 4000, 40_000]) {
    const text = () => Array.from({ length }, () => random.pick(words)).join(separator);
    const texts = Array.from({ length: 10 }, () => text().slice(0, length));
    print(
      `a text of ${length} letters of ${what}`,
      (await time(() => use.embed(texts)))[1] / 10,
      "ms",
    );
  }
await use.dispose();

const arm = (runs: number, skill: number) =>
  Array.from({ length: runs }, () =>
    Uint8Array.from({ length: items }, (_, i) => Number(random.next() < skill + (i % 7) / 20)),
  );
const [a, b] = [arm(10, 0.5), arm(9, 0.49)];
print(`permutation of ${items} items`, (await time(() => pairedPermutation(a, b)))[1], "ms");
rmSync(folder, { recursive: true });
