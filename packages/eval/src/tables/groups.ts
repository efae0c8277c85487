import {
  bagOfWords,
  type Flag,
  flagTable,
  hashValue,
  isCreated,
  type Source,
  sources,
  tasks,
  toOption,
} from "@seedling/core/internal";
import { group } from "d3-array";
import { type Cell, type MeasuredCell, sortBy } from "./cells.ts";

/** What a row is in its group. `human, same N`: as many human examples as a created row of the group has. */
export type Role = Source | "human, same N";

type Conditioned = Pick<Cell, "conditions">;

/** Flags of training that are no way of training of their own: what was trained on, and the controls. */
const apart = [
  "created",
  "distinct",
  "review",
  "labels",
  "humanRows",
  "input",
  "fraction",
  "fractionBy",
  "select",
  "keep",
  "selectEncoder",
  "pool",
  "poolLimit",
];

/** Flags of creation that only some settings read. */
const onlySome = ["chains", "similarityEncoder", "chunk"];

/**
 * Names the rows that compare with each other: the same test items, student and way of training,
 * whatever was trained on. Twelve hex digits.
 */
export function computeGroup(cell: Cell): string {
  const { task, data, test, student, dev } = cell;
  const common = {
    task,
    data: [data.kind, data.mark ?? null],
    test: [test.task, test.kind, test.n, test.sha256, test.data.kind, test.data.mark ?? null],
    student,
    dev: dev.source,
    flags: pickTrainFlags(cell),
  };
  return hashValue(common).slice(0, 12);
}

/** The flags of training that a group has in common, as they are given: `--features text --recipe paper`. */
export function renderTrainFlags(cell: Conditioned): string {
  return renderFlags(pickTrainFlags(cell));
}

/** Flags as they are given, by name: `--balance --fraction 0.5`; empty if there are none. */
export function renderFlags(flags: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(flags).sort();
  return names
    .map((name) => (flags[name] === true ? toOption(name) : `${toOption(name)} ${flags[name]}`))
    .join(" ");
}

/** The flags of training that a group has in common. */
export function pickTrainFlags({ conditions }: Conditioned): Cell["conditions"] {
  return pick(conditions, (name) => !isCreateFlag(name) && !apart.includes(name));
}

/** The flags that a set was created with; those that only some settings read are left out. */
export function pickCreateFlags({ conditions }: Conditioned): Cell["conditions"] {
  return pick(conditions, (name) => isCreateFlag(name) && !onlySome.includes(name));
}

function isCreateFlag(name: string): boolean {
  const table: Record<string, Flag<unknown>> = flagTable;
  return table[name]?.changes === "create";
}

function pick(flags: Cell["conditions"], wanted: (name: string) => boolean): Cell["conditions"] {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => wanted(name)));
}

/** Words for what a control takes away. */
const inputs = new Map([
  ["options", "options alone"],
  ["question", "no context"],
]);

/** What a row controls for: `labels shuffled`, `random selection`, `20 rows repeated`, `options alone`, `creator answers`; null: it is no control. */
export function describeControl({
  source,
  conditions,
  student,
}: Pick<Cell, "source" | "conditions" | "student">) {
  const { labels, input, humanRows, select } = conditions;
  const { trains, asksModel } = sources[source];
  const words = [
    !trains && (asksModel ? "creator answers" : "labels' names"),
    student.encoder === bagOfWords && "bag of words",
    labels === "shuffled" && `labels ${labels}`,
    select === "random" && "random selection",
    humanRows !== undefined && `${humanRows} rows repeated`,
    input !== undefined && (inputs.get(String(input)) ?? `input ${input}`),
  ];
  return words.filter(Boolean).join(", ") || null;
}

/** Whether a row was trained on a part of its data, as Figure 5's are. */
export function isPart({ conditions }: Conditioned): boolean {
  return conditions.fraction !== undefined;
}

/** Whether a row was trained on what covers its data best, which is no random sample of them. */
export function isSelected({ conditions }: Conditioned): boolean {
  return conditions.select !== undefined;
}

/** A cell with its group, its role there, and the human rows that it is compared with. */
export type GroupedCell = ReturnType<typeof groupCells>[number];

/** Finds each cell's group, role and human rows. @param cells of whole training sets */
export function groupCells(cells: readonly MeasuredCell[]) {
  const groups = group(cells, ({ cell }) => computeGroup(cell));
  return [...groups].flatMap(([group, members]) => {
    const plain = members.filter(({ cell }) => describeControl(cell) === null);
    // Of one size no selection, no repeat, and that of the most seeds.
    const humans = sortBy(
      plain.filter(({ cell }) => sources[cell.source].isHuman),
      ({ cell: { train, conditions, repeat, seeds, id } }) => [
        -train.n,
        Number(isSelected({ conditions })),
        repeat,
        -seeds,
        id,
      ],
    );
    const sizes = plain
      .filter(({ cell: { source } }) => isCreated(source) || sources[source].isFile)
      .map(({ cell }) => cell.train.n);
    return members.map((member) => {
      const { cell } = member;
      const control = describeControl(cell);
      const { isHuman } = sources[cell.source];
      // At full size a human row is no part, whatever the created rows' N.
      const isPartial = isHuman && sizes.includes(cell.train.n) && !isFullSize(cell, humans);
      const role: Role = isPartial ? "human, same N" : cell.source;
      const compared = !isHuman && control === null;
      /** Of the human rows, the largest first, none where the row is human itself or a control. */
      return { ...member, group, control, role, humans: compared ? humans : [] };
    });
  });
}

/**
 * Whether a human row is at full size: nearly all of a benchmark's train split (a tenth may be held out),
 * else the largest there is.
 */
export function isFullSize({ task, data, train }: Cell, humans: readonly MeasuredCell[]): boolean {
  const known = tasks.find(({ name }) => data.kind === "benchmark" && name === task);
  if (known?.trainSize) return train.n >= Math.floor(0.9 * known.trainSize);
  return train.n >= (humans[0]?.cell.train.n ?? 0);
}
