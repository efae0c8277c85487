import { join } from "node:path";
import { writeAtomic } from "@seedling/core/internal";
import { renderFiles } from "../render/files.ts";
import { renderTerminal } from "../render/terminal.ts";
import { renderReport } from "../report/render-report.ts";
import { readResults } from "../results/read-results.ts";
import type { Failure } from "../results/results.ts";
import { analyseResults } from "../tables/analysis.ts";

/**
 * Makes the tables and the report of everything in a results folder, as files in it.
 * @returns the lines that tell of it, none where there is nothing yet; and the runs that failed
 */
export async function writeTables(
  results: string,
): Promise<{ told: string[]; failures: Failure[] }> {
  const read = await readResults(results);
  const view = analyseResults(read);
  const tables = join(results, "tables");
  for (const [name, text] of Object.entries(renderFiles(view)))
    writeAtomic(join(tables, name), text);
  const report = join(results, "report.html");
  writeAtomic(report, renderReport(view, read));
  const { evaluations, leftOut, failures } = read;
  if (evaluations.length + leftOut.length + failures.length === 0) return { told: [], failures };
  const told = [
    `\n${renderTerminal(view)}`,
    `The report: ${report}`,
    `The tables as Markdown, CSV, LaTeX and JSON: ${tables}`,
  ];
  return { told, failures };
}
