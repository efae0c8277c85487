import { groupBy } from "../statistics/group-by.ts";
import type { AccuracyRow, AccuracyTable, CellRow, RowDifference } from "../tables/analysis.ts";
import { dash, renderPercent } from "../tables/numbers.ts";
import { toHumanList } from "../tables/to-rows.ts";

/** A line of a table in short. */
export type ShortLine = { kind: "test" | "student"; text: string } | FigureLine;

/** A row, or one of its differences to other rows, which stand under it. */
export type FigureLine =
  | { kind: "row"; row: CellRow }
  | { kind: "difference"; row: CellRow; difference: RowDifference };

/**
 * A table in short: each test set with its rows under it, by student where these are several, and under
 * each row what is told of it.
 * @param toDifferences the differences that stand under a row
 */
export function toShortLines(
  { number, rows }: AccuracyTable,
  toDifferences: (row: CellRow) => readonly RowDifference[] = toHumanList,
): ShortLine[] {
  return [...groupBy(rows, (row) => toHeading(number, row))].flatMap(([text, own]) => {
    const cells = own.filter((row) => row.kind === "cell");
    const students = groupBy(cells, ({ labels }) => labels.student);
    const lines = [...students].flatMap(([student, its]): ShortLine[] => [
      ...(students.size > 1 ? [{ kind: "student", text: student } as const] : []),
      ...its.flatMap((row): ShortLine[] => [
        { kind: "row", row },
        ...toDifferences(row).map(
          (difference) => ({ kind: "difference", row, difference }) as const,
        ),
      ]),
    ]);
    return [{ kind: "test", text }, ...lines];
  });
}

/** Whether a line has figures, and is no heading. */
export function isFigureLine(line: ShortLine): line is FigureLine {
  return line.kind === "row" || line.kind === "difference";
}

/** What a row stands under: test set, its size and what needs no classifier. */
function toHeading(number: AccuracyTable["number"], row: AccuracyRow): string {
  if (row.kind === "dash") return `${row.trainedOn} → ${row.testedOn ?? dash}, ${row.why}`;
  const { cell, labels } = row;
  const from = number === 4 ? `${cell.task} → ` : "";
  const sample = cell.test.data.kind === "sample" ? "SAMPLE " : "";
  const { chance, bestConstant } = cell.baseline;
  const baseline =
    chance !== null
      ? `, chance ${renderPercent(chance)}`
      : bestConstant !== null
        ? `, best constant ${renderPercent(bestConstant)}`
        : "";
  return `${from}${labels.test}, ${cell.test.n} ${sample}test items${baseline}`;
}

/** What is long and mostly the same, so that it stands once, under a number. */
export function toDescription({ cell, labels }: CellRow): string {
  const dev = cell.devAccuracy === null ? "" : `dev ${cell.dev.source}`;
  return [labels.origin, `student ${labels.student}`, dev, labels.flags].filter(Boolean).join("; ");
}
