import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  allSettings,
  createRandom,
  parseExamples,
  repository,
  tasks,
} from "@seedling/core/internal";
import { renderFiles } from "../packages/eval/src/render/files.ts";
import { renderReport } from "../packages/eval/src/report/render-report.ts";
import { readResults } from "../packages/eval/src/results/read-results.ts";
import { analyseResults } from "../packages/eval/src/tables/analysis.ts";
import { writeResults } from "../packages/eval/test/write-results.ts";

// How long tables and report of a full reproduction take, by the items of a test set: `node
// scripts/launch.mjs benchmark-tables [items ...]`. Ten tasks, six sources, three seeds, each tested on two test sets.
// Each part is timed alone, in a process that has loaded what it needs; `npm run tables` from a cold start.
// The report's size depends on its texts: each is drawn anew, as many words as the benchmark's own have in the
// mean, from the words of the bundled sample. Packed, they take a little more than real ones.

/**
 * Mean words of a question, with its options where these vary, and of a passage, counted in the real
 * benchmarks' files; of riddle_sense and bioasq, which were not at hand, as long as tasks like them.
 */
const meanWords: Record<string, { question: number; context: number }> = {
  "mcqa_2/piqa": { question: 44, context: 0 },
  "mcqa_2/winogrande": { question: 21, context: 0 },
  "mcqa_5/csqa": { question: 21, context: 0 },
  "mcqa_5/riddle_sense": { question: 30, context: 0 },
  "yesno_close/boolq": { question: 9, context: 0 },
  "yesno_close/creak": { question: 11, context: 0 },
  "yesno_close/strategyqa": { question: 10, context: 0 },
  "yesno_open/bioasq": { question: 13, context: 200 },
  "yesno_open/boolq": { question: 9, context: 93 },
  "yesno_open/pubmedqa": { question: 13, context: 200 },
};

const vocabulary = ["boolq", "pubmedqa"].flatMap((task) => {
  const path = join(repository, "data", "sample", "yesno_open", task, "test.jsonl");
  const examples = parseExamples(readFileSync(path, "utf8"), path);
  return examples.flatMap(({ question, context }) => `${question} ${context}`.split(/\s+/));
});

function text(what: string, i: number, task: string, run: string): string {
  if (["reason", "backend"].includes(what)) return `a ${what}`;
  const random = createRandom(what, i, task, run);
  const { question, context } = meanWords[task] as { question: number; context: number };
  const n = Math.round((what === "context" ? context : question) * (0.5 + random.next()));
  return Array.from({ length: n }, () => random.pick(vocabulary)).join(" ");
}

const sizes = process.argv.slice(2).map(Number);
const parts = ["items", "read", "view", "files", "report", "npm run tables", "report MB"];
console.log(parts.map((part) => part.padStart(15)).join(""));
for (const n of sizes.length > 0 ? sizes : [300, 600, 1200]) {
  const dir = mkdtempSync(join(tmpdir(), "seedling-tables-"));
  try {
    const results = writeResults({
      dir,
      tasks: tasks.map(({ name }) => name),
      sources: [...allSettings],
      seeds: [1, 2, 3],
      n,
      kept: 1000,
      text,
      options: ["True", "False"],
      model: "a-model",
      kind: "live",
    });
    const [read, reading] = await time(() => readResults(results));
    const [view, viewing] = await time(() => analyseResults(read));
    const [, rendering] = await time(() => renderFiles(view));
    const [report, reporting] = await time(() => renderReport(view, read));
    const [, whole] = await time(() =>
      spawnSync("npm", ["run", "tables", "--", "--results", results], { cwd: repository }),
    );
    const times = [reading, viewing, rendering, reporting, whole];
    const items = read.evaluations.reduce((sum, { manifest }) => sum + manifest.test.n, 0);
    const megabytes = Buffer.byteLength(report) / 1e6;
    const texts = [
      String(items),
      ...times.map((ms) => `${(ms / 1000).toFixed(2)} s`),
      megabytes.toFixed(2),
    ];
    console.log(texts.map((text) => text.padStart(15)).join(""));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** A function's result, and how many milliseconds it took. */
async function time<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}
