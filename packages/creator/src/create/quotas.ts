import { type Example, toAnswer } from "@seedling/core/internal";
import type { Shape } from "../prompt/prompt.ts";

/** What is balanced. */
interface Balanced {
  shape: Shape;
  target: number;
}

/** Counts of kept examples by label. */
type LabelCounts = Readonly<Record<string, number>>;

/** Returns a label as counts name it: its text, or where options vary the right option's number, from 1. */
export function toCountedLabel(example: Example, options: Shape["options"]): string {
  return options === "fixed" ? toAnswer(example) : `${example.label + 1}`;
}

/** Renders the labels that a balanced creation lacks: `"billing" (3 of 15)`. */
export function renderMissingLabels(plan: Balanced, kept: LabelCounts): string {
  const { shape } = plan;
  const missing = [...computeQuotas(plan)].flatMap(([label, quota]) => {
    const n = kept[label] ?? 0;
    const name = shape.options === "fixed" ? JSON.stringify(label) : `place ${label}`;
    return n < quota ? [`${name} (${n} of ${quota})`] : [];
  });
  return missing.join(", ");
}

/** Counts the requests from one look at the quotas to the next: a turn of every label, and several in flight. */
export function countBlock({ formatting }: Shape): number {
  return Math.max(8, formatting.options.length);
}

/** Shares a target out among labels, as counts name them, as equally as can be: the first ones take the rest. */
export function computeQuotas({ shape, target }: Balanced): Map<string, number> {
  const names = [...new Set(listLabels(shape))];
  const least = Math.floor(target / names.length);
  const rest = target % names.length;
  return new Map(names.map((label, i) => [label, least + (i < rest ? 1 : 0)]));
}

function listLabels({ formatting, options }: Shape): string[] {
  return formatting.options.map((text, i) => (options === "fixed" ? text : `${i + 1}`));
}

/** The quotas of a creation; without `--balance` no label is ever full. */
export type Quotas = ReturnType<typeof createQuotas>;

/**
 * Creates the quotas of a creation. Which labels are asked for is looked at between blocks of requests, when
 * all before are merged, so that it is the same at any concurrency. What is kept is exact: a chain knows
 * what was merged before the block and what it accepted since, and merging knows all.
 * @param kept by label, brought up to date by merging
 */
export function createQuotas(
  { shape, target, balance }: Balanced & { balance: boolean },
  kept: LabelCounts,
) {
  const labels = listLabels(shape);
  const quotas = balance ? computeQuotas({ shape, target }) : null;
  const size = countBlock(shape);
  const toBlock = (index: number) => Math.floor(index / size);
  const isFull = (label: string, n: number) => quotas !== null && n >= (quotas.get(label) ?? 0);
  const isFilled = (label: string) => isFull(label, kept[label] ?? 0);
  let block = -1;
  /** Indices of the labels that are asked for. */
  let open = [...labels.keys()];
  let before = new Map<string, number>();
  let byChain = new Map<number, Map<string, number>>();
  return {
    /** Whether a request may be asked when so many replies are merged: all before its block are. */
    mayAsk: (index: number, merged: number) => !quotas || toBlock(index) <= toBlock(merged),
    /** Chooses the index of the label that a request asks for, by its turn. */
    choose(index: number, turn: number): number {
      if (quotas && toBlock(index) !== block) {
        block = toBlock(index);
        open = [...labels.keys()].filter((i) => !isFilled(labels[i] ?? ""));
        before = new Map(Object.entries(kept));
        byChain = new Map();
      }
      return open[turn % open.length] ?? 0;
    },
    /** Accepts an example in its chain, unless that has enough of its label. */
    accept(chain: number, label: string): boolean {
      const counts = byChain.get(chain) ?? new Map(before);
      byChain.set(chain, counts);
      const n = counts.get(label) ?? 0;
      if (isFull(label, n)) return false;
      counts.set(label, n + 1);
      return true;
    },
    /** Whether enough of a label is kept. */
    isFilled,
  };
}
