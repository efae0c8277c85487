import type { Source } from "@seedling/core";
import published from "./published.json" with { type: "json" };

/** The paper's two tables of accuracies: 3 in-domain, 4 cross-domain. */
export type TableNumber = 3 | 4;

type Rows = Partial<Record<Source, number[]>>;

const rowsOf: Record<TableNumber, Rows> = { 3: published.table3.rows, 4: published.table4.rows };

const columnsOf: Record<TableNumber, string[][]> = {
  3: published.table3.columns.map((task) => [task, task]),
  4: published.table4.columns,
};

/**
 * An accuracy as the paper prints it, in percent (Lee et al. 2023, Tables 3 and 4; of Table 4's
 * labels the probable ones, see published.json).
 * @returns null where the paper has none, as for naive and for a user's folder
 */
export function publishedFigure(
  table: TableNumber,
  source: Source,
  trainedOn: string,
  testedOn: string,
): number | null {
  const column = columnsOf[table].findIndex(([from, to]) => from === trainedOn && to === testedOn);
  return rowsOf[table][source]?.[column] ?? null;
}
