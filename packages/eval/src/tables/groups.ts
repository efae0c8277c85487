import {
  type Flag,
  flagTable,
  hashValue,
  type Source,
  sources,
  toOption,
} from "@seedling/core/internal";
import type { Cell } from "./cell.ts";

/** What stands under some flags. */
type Conditioned = Pick<Cell, "conditions">;

/** Flags of training that are no way of training of their own: what was trained on, and the controls. */
const apart = ["created", "labels", "input", "fraction", "fractionBy"];

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
    flags: toTrainFlags(cell),
  };
  return hashValue(common).slice(0, 12);
}

/** The flags of training that a group has in common, as they are given: `--features text --recipe paper`. */
export function renderTrainFlags(cell: Conditioned): string {
  return renderFlags(toTrainFlags(cell));
}

/** Flags as they are given, by name: `--balance --fraction 0.5`; empty if there are none. */
export function renderFlags(flags: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(flags).sort();
  return names
    .map((name) => (flags[name] === true ? toOption(name) : `${toOption(name)} ${flags[name]}`))
    .join(" ");
}

function toTrainFlags({ conditions }: Conditioned): Cell["conditions"] {
  return pick(conditions, (name) => !isCreateFlag(name) && !apart.includes(name));
}

/** The flags that a set was created with; those that only some settings read are left out. */
export function pickCreateFlags({ conditions }: Cell): Cell["conditions"] {
  return pick(conditions, (name) => isCreateFlag(name) && !onlySome.includes(name));
}

const onlySome = ["chains", "similarityEncoder"];

function isCreateFlag(name: string): boolean {
  const table: Record<string, Flag<unknown>> = flagTable;
  return table[name]?.changes === "create";
}

function pick(flags: Cell["conditions"], wanted: (name: string) => boolean): Cell["conditions"] {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => wanted(name)));
}

/** Words for what a control takes away. */
const inputs: Record<string, string> = { options: "options alone", question: "no context" };

/** What a row controls for: `labels shuffled`, `options alone`, `creator answers`; null: it is no control. */
export function describeControl({
  source,
  conditions: { labels, input },
}: Conditioned & { source: Source }): string | null {
  const words = [
    !sources[source].trains && "creator answers",
    labels !== undefined && `labels ${labels}`,
    input !== undefined && (inputs[String(input)] ?? `input ${input}`),
  ];
  return words.filter(Boolean).join(", ") || null;
}

/** Whether a row was trained on a part of its data, as Figure 5's are. */
export function isPart({ conditions }: Conditioned): boolean {
  return conditions.fraction !== undefined;
}
