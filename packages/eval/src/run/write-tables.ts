import { join } from "node:path";
import { renderJsonLines, writeAtomic } from "@seedling/core/internal";
import { renderFiles } from "../render/files.ts";
import { renderTerminal } from "../render/terminal.ts";
import { renderReport } from "../report/render-report.ts";
import { countItemsOf, countsFile, toCountsLine } from "../results/counts.ts";
import { readResults } from "../results/read-results.ts";
import type { Results } from "../results/results.ts";
import { analyseResults } from "../tables/analysis.ts";

/** Makes the tables and the report of everything in a results folder, as files in it. */
export async function writeTables(dir: string) {
  const results = await readResults(dir);
  const view = analyseResults(results);
  const tables = join(dir, "tables");
  for (const [name, text] of Object.entries(renderFiles(view)))
    writeAtomic(join(tables, name), text);
  writeAtomic(join(tables, countsFile), renderJsonLines(countItemsOf(results).map(toCountsLine)));
  const report = join(dir, "report.html");
  writeAtomic(report, renderReport(view, results));
  return {
    results,
    view,
    /** What the tables look like in a terminal; null where there is nothing yet. */
    printed: hasAny(results) ? renderTerminal(view) : null,
    /** Sentences on where the files are. */
    files: [`The report: ${report}`, `The tables as Markdown, CSV, LaTeX and JSON: ${tables}`],
  };
}

/** Whether there is anything to say of results. */
export function hasAny({ evaluations, leftOut, failures }: Results): boolean {
  return evaluations.length + leftOut.length + failures.length > 0;
}
