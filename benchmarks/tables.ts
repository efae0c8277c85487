import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { everySource, isCreated, repository, tasks } from "@seedling/core";
import { renderReport } from "../packages/eval/src/report/render-report.ts";
import { readResults } from "../packages/eval/src/results/read-results.ts";
import { renderFiles } from "../packages/eval/src/sheets/render-files.ts";
import { toView } from "../packages/eval/src/tables/to-view.ts";
import { writeResults } from "../packages/eval/test/write-results.ts";

// How long tables and report of a full reproduction take, by the items of a test set: `npx tsx
// benchmarks/tables.ts [items ...]`. Ten tasks, six sources, three seeds, each tested on two test sets.
// Each part is timed alone, in a process that has loaded what it needs; `npm run tables` from a cold start.

const sizes = process.argv.slice(2).map(Number);
const parts = ["items", "read", "view", "files", "report", "npm run tables", "report MB"];
console.log(parts.map((part) => part.padStart(15)).join(""));
for (const n of sizes.length > 0 ? sizes : [300, 600, 1200]) {
  const dir = mkdtempSync(join(tmpdir(), "seedling-tables-"));
  try {
    const results = writeResults({
      dir,
      tasks: tasks.map(({ name }) => name),
      sources: everySource.filter((source) => isCreated(source) || source === "human").slice(-6),
      seeds: [1, 2, 3],
      n,
      kept: 1000,
      text: (what, i) => `${what} ${i}: is a thing of this kind found where one would look for it?`,
      options: ["True", "False"],
      model: "a-model",
      kind: "live",
    });
    const [read, reading] = await time(() => readResults(results));
    const [view, viewing] = await time(() => toView(read));
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
