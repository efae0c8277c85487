import { openRandom } from "@seedling/core";
import { groupBy } from "../group-by.ts";
import { type EquivalentSize, equivalentSize } from "../statistics/equivalent-size.ts";
import type { MeasuredCell } from "./cells.ts";
import { isPart, toControl, toGroup } from "./groups.ts";
import { isSample } from "./labels.ts";
import type { Equivalent, Table } from "./view.ts";

const draws = 10_000;

/**
 * How many human examples each created row is worth, by the accuracy of human rows of several sizes: random
 * subsets and the whole. A prefix of a file that is not shuffled is no sample, and not taken. Groups with
 * fewer than two human sizes have no curve.
 * @param tables whose created rows are asked about
 * @param cells all of them, those trained on a part included
 */
export function toEquivalents(
  tables: readonly Table[],
  cells: readonly MeasuredCell[],
): Equivalent[] {
  const human = cells.filter((one) => one.cell.source === "human" && isRandom(one));
  const curves = groupBy(human, ({ cell }) => toGroup(cell));
  return tables
    .flatMap(({ rows }) => rows)
    .flatMap((row): Equivalent[] => {
      if (row.kind === "dash" || row.control !== null || row.role === "direct") return [];
      const curve = toCurve(curves.get(row.group) ?? []);
      if (row.cell.source === "human" || curve.length < 2) return [];
      const { cell, labels } = row;
      const size = equivalentSize(
        curve.map(({ cell }) => ({
          n: cell.train.n,
          value: cell.accuracy,
          standardError: cell.standardError,
        })),
        { value: cell.accuracy, standardError: cell.standardError },
        { draws, random: openRandom("equivalent size", cell.id) },
      );
      return [
        {
          task: cell.task,
          test: cell.test.task,
          labels,
          cell: cell.id,
          createdN: cell.train.n,
          accuracy: cell.accuracy,
          sample: isSample(cell),
          curve: curve.map(({ cell }) => ({
            n: cell.train.n,
            accuracy: cell.accuracy,
            interval: cell.interval,
            seeds: cell.seeds,
            cell: cell.id,
          })),
          ...size,
          sentence: toSentence(size, curve),
        },
      ];
    });
}

function isRandom(one: MeasuredCell): boolean {
  const whole = !isPart(one.cell) || one.cell.conditions.fractionBy === "random";
  return whole && toControl(one.cell) === null;
}

/** One cell for each size, that of the most seeds, by size. */
function toCurve(cells: readonly MeasuredCell[]): MeasuredCell[] {
  const bySeeds = cells.toSorted(
    (a, b) => b.cell.seeds - a.cell.seeds || (a.cell.id < b.cell.id ? -1 : 1),
  );
  const first = new Map<number, MeasuredCell>();
  for (const one of bySeeds) if (!first.has(one.cell.train.n)) first.set(one.cell.train.n, one);
  return [...first.values()].sort((a, b) => a.cell.train.n - b.cell.train.n);
}

function toSentence({ n, low, high }: EquivalentSize, curve: readonly MeasuredCell[]): string {
  const least = curve[0]?.cell.train.n ?? 0;
  const most = curve.at(-1)?.cell.train.n ?? 0;
  const name = (size: number | "below" | "above") =>
    size === "below" ? `< ${least}` : size === "above" ? `> ${most}` : String(Math.round(size));
  const worth = typeof n === "number" ? `about ${name(n)}` : name(n);
  return `${worth} human examples (95 %: ${name(low)} to ${name(high)})`;
}
