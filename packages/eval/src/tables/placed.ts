import { isCreated, sources, taskNamed, tasks } from "@seedling/core/internal";
import { groupBy } from "../statistics/group-by.ts";
import type { Role } from "./analysis.ts";
import type { Cell } from "./cell.ts";
import type { MeasuredCell } from "./cells.ts";
import { computeGroup, describeControl } from "./groups.ts";

/** A cell with its place among those that it compares with. */
export interface GroupedCell extends MeasuredCell {
  group: string;
  role: Role;
  control: string | null;
  /** Human rows of the group to compare with: at the same N, and the largest; one if it is both. */
  humans: HumanCells;
}

/** The human rows that another is compared with, as `ToHuman` has the differences. */
export interface HumanCells {
  sameN: HumanCell | null;
  largest: HumanCell | null;
  largestIsFull: boolean;
}

/** A human row that another is compared with. */
export interface HumanCell {
  human: MeasuredCell;
  label: "human" | "human, same N";
}

/** Finds each cell's group, role and human rows. @param cells of whole training sets */
export function groupCells(cells: readonly MeasuredCell[]): GroupedCell[] {
  const groups = groupBy(cells, ({ cell }) => computeGroup(cell));
  return [...groups].flatMap(([group, members]) => {
    const plain = members.filter(({ cell }) => describeControl(cell) === null);
    const humans = plain.filter(({ cell }) => sources[cell.source].isHuman).sort(bySize);
    const sizes = plain
      .filter(({ cell }) => isCreated(cell.source))
      .map(({ cell }) => cell.train.n);
    return members.map((member) => {
      const control = describeControl(member.cell);
      const compared = !sources[member.cell.source].isHuman && control === null;
      const role = toRole(member.cell, humans, sizes);
      return {
        ...member,
        group,
        control,
        role,
        humans: compared ? toHumans(member.cell, humans) : noHumans,
      };
    });
  });
}

/** A human row at a created row's N is called so, unless it is at full size. */
function toRole(cell: Cell, humans: readonly MeasuredCell[], sizes: readonly number[]): Role {
  const { source, train } = cell;
  if (!sources[source].isHuman) return source;
  return sizes.includes(train.n) && !isFull(cell, humans) ? "human, same N" : "human";
}

/** At full size: nearly all of a benchmark's train split (a tenth may be held out), else the largest there is. */
function isFull({ task, data, train }: Cell, humans: readonly MeasuredCell[]): boolean {
  const known = data.kind === "benchmark" && tasks.some(({ name }) => name === task);
  const size = known ? taskNamed(task).trainSize : null;
  if (size !== null) return train.n >= Math.floor(0.9 * size);
  return train.n >= (humans[0]?.cell.train.n ?? 0);
}

const noHumans: HumanCells = { sameN: null, largest: null, largestIsFull: false };

function toHumans(cell: Cell, humans: readonly MeasuredCell[]): HumanCells {
  const [largest] = humans;
  if (!largest) return noHumans;
  const same = humans.find((human) => human.cell.train.n === cell.train.n);
  // Of a sample or a task of one's own the size of the train split is not known.
  const full = largest.cell.data.kind === "benchmark" && isFull(largest.cell, humans);
  const toPlaced = (human: MeasuredCell): HumanCell => ({
    human,
    label: human === same && !isFull(human.cell, humans) ? "human, same N" : "human",
  });
  const both = same === largest;
  return {
    sameN: same && !(both && full) ? toPlaced(same) : null,
    largest: both && !full ? null : toPlaced(largest),
    largestIsFull: full,
  };
}

/** The largest first; of one size no repeat, and that of the most seeds. */
function bySize({ cell: a }: MeasuredCell, { cell: b }: MeasuredCell): number {
  const repeats = Number(a.repeat) - Number(b.repeat);
  return b.train.n - a.train.n || repeats || b.seeds - a.seeds || (a.id < b.id ? -1 : 1);
}
