/**
 * A classifier's page in Chromium, from disk and without a network, beside the classifier itself. Run by hand:
 *
 *   node scripts/launch.mjs benchmark-page CLASSIFIER TEXTS [--n 100] [--columns text,label] [--browser /usr/bin/chromium]
 *
 * TEXTS is a file of examples. Printed are the page's size; the seconds from opening it until it can be typed in, and
 * until the first answer; its own milliseconds a text, after eleven others; how many labels are the classifier's, null below its
 * threshold included, and the largest difference of a probability.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { columns, readExamples } from "../packages/core/src/internal.ts";
import { exportPage, pageFile } from "../packages/seedling/src/export/page/export-page.ts";
import { askPage, openPage } from "../packages/seedling/test/ask-page.ts";
import { isBelow, loadClassifier } from "../packages/trainer/src/internal.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    n: { type: "string", default: "100" },
    columns: { type: "string" },
    browser: { type: "string", default: "/usr/bin/chromium" },
  },
});
const [folder = "", file = ""] = positionals;
const classifier = await loadClassifier(folder);
const read = {
  options: classifier.classes,
  columns: values.columns ? columns.parse(values.columns) : null,
};
const examples = (await readExamples(file, read)).slice(0, Number(values.n));
const predictions = await classifier.predictOptions(examples);
await classifier.dispose();

const to = mkdtempSync(join(tmpdir(), "seedling-page-"));
const { chromium } = createRequire(import.meta.url)("playwright-core");
const browser = await chromium.launch({ executablePath: values.browser, args: ["--no-sandbox"] });
try {
  const { bytes } = await exportPage(folder, to, {});
  const opened = performance.now();
  const seconds = () => ((performance.now() - opened) / 1000).toFixed(2);
  const { page, wrong } = await openPage(browser, join(to, pageFile));
  const ready = seconds();
  const first = await askPage(page, examples.slice(0, 1));
  console.log(
    `${(bytes / 1e6).toFixed(1)} MB; ready after ${ready} s, first answer after ${seconds()} s`,
  );
  const second = await askPage(page, examples.slice(1, 11));
  const others = await askPage(page, examples.slice(11));
  const times = others
    .map(({ notes }) => Number(/(\d+) ms/.exec(notes)?.[1]))
    .toSorted((a, b) => a - b);
  const answers = [...first, ...second, ...others];
  let [same, largest] = [0, 0];
  const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => b - a);
  for (const [at, prediction] of predictions.entries()) {
    const { label, probabilities } = prediction;
    const own = isBelow(prediction, classifier.threshold)
      ? null
      : examples[at]?.options[label ?? -1];
    if (answers[at]?.label === own) same += 1;
    const given = sorted(answers[at]?.rows.map(([, p]) => p) ?? []);
    for (const [rank, p] of sorted(probabilities).entries())
      largest = Math.max(largest, Math.abs(p - (given[rank] ?? Number.NaN)));
  }
  console.log(
    `${times[times.length >> 1]} ms a text (median); ${same} of ${predictions.length} labels the same, probabilities within ${largest.toFixed(5)}`,
  );
  if (wrong.length > 0) console.log("went wrong, or asked for:", wrong.join("; "));
} finally {
  await browser.close();
  rmSync(to, { recursive: true });
}
