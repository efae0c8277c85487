import type { EvaluationManifest } from "../evaluation.ts";
import type { LeftOut } from "../evaluation-files.ts";
import { toCells } from "./cells.ts";
import { renderCsv } from "./render-csv.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { renderTerminal } from "./render-terminal.ts";
import { toTable } from "./table.ts";

/** Both tables in every form. */
export interface RenderedTables {
  files: Record<"table3.md" | "table3.csv" | "table4.md" | "table4.csv", string>;
  terminal: string;
}

/**
 * Evaluations -> the paper's Tables 3 and 4. The same evaluations give the same text, in whatever
 * order they come.
 * @param leftOut manifests that could not be read; named under the tables
 */
export function renderTables(
  manifests: readonly EvaluationManifest[],
  leftOut: readonly LeftOut[] = [],
): RenderedTables {
  const cells = toCells(manifests);
  const table3 = toTable(3, cells);
  const table4 = toTable(4, cells);
  return {
    files: {
      "table3.md": renderMarkdown(table3, leftOut),
      "table3.csv": renderCsv(table3),
      "table4.md": renderMarkdown(table4, leftOut),
      "table4.csv": renderCsv(table4),
    },
    terminal: renderTerminal([table3, table4], leftOut),
  };
}
