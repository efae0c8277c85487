import {
  dash,
  isCreated,
  mean,
  renderUsd,
  renderWhole,
  type Source,
  shortenModelName,
  sourceNames,
} from "@seedling/core/internal";
import type { CreationRun } from "../results/results.ts";
import { groupBy, sum } from "../statistics/aggregate.ts";
import { field, left, long, right, type Table, type TableColumn } from "./column.ts";
import { renderFlags } from "./groups.ts";
import { roundDigits } from "./numbers.ts";
import { compareSortKeys, getTaskKey, type SortKey } from "./order.ts";
import { paperPrice, publishedCost, publishedSize } from "./published.ts";

/** Tokens and money. */
export interface Table5 {
  title: string;
  rows: CostRow[];
  notes: string[];
}

/** The creations of one task by one setting with the same creator, flags and size, seeds averaged. */
export interface CostRow {
  task: string;
  source: Source;
  model: string;
  flags: string;
  originWord: string;
  sample: boolean;
  /** Paths of the creations, relative to results. */
  creations: string[];
  /** Some stopped before their end. */
  partial: boolean;
  /** Examples asked for. */
  target: number;
  /** Mean number of kept examples. */
  kept: number;
  replies: number;
  /** Prompt and completion tokens of a creation, rejected data included. */
  tokens: number;
  /** null where nothing was kept. */
  tokensPerKept: number | null;
  /** Replies whose server did not count tokens: the numbers are then too low. */
  uncounted: number;
  /** USD at 0.002 a 1,000 tokens, for what was kept, and for as many examples as the paper created. */
  paperPriceUsd: number;
  paperPriceUsdAtPaperSize: number | null;
  /** USD at today's price list, a label check included; null: no price is known. */
  todayUsd: number | null;
  /** The paper's own number, USD; null where it has none. */
  paperUsd: number | null;
}

/** Flags of a creation that have columns of their own. */
const elsewhere = ["examples", "model"];

/** Tokens for a kept example and what they cost, by task, setting, creator, flags and size; seeds averaged. */
export function computeCosts(creations: readonly CreationRun[]): Table5 {
  const groups = groupBy(
    creations
      .filter(({ manifest }) => isCreated(manifest.source))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    ({ manifest }) =>
      JSON.stringify([
        manifest.task,
        manifest.source,
        manifest.completions.model,
        renderCreationOrigin(manifest),
        renderCreationFlags(manifest),
        manifest.target,
      ]),
  );
  const rows = [...groups.values()].map(computeCostRow);
  rows.sort((a, b) => compareSortKeys(getCostKey(a), getCostKey(b)));
  return { title: "Table 5. Tokens and cost of creation", rows, notes: listCostNotes(rows) };
}

function computeCostRow(runs: readonly CreationRun[]): CostRow {
  const [first] = runs;
  if (!first) throw new RangeError("expected at least one creation");
  const { manifest } = first;
  const tokens = runs.map(({ manifest: { usage } }) => usage.promptTokens + usage.completionTokens);
  const kept = runs.map((run) => run.manifest.kept);
  const perKept = sum(kept) > 0 ? sum(tokens) / sum(kept) : null;
  const size = publishedSize(manifest.task);
  const costs = runs.flatMap((run) => run.manifest.costUsd ?? []);
  return {
    task: manifest.task,
    source: manifest.source,
    model: shortenModelName(manifest.completions.model),
    flags: renderCreationFlags(manifest),
    originWord: renderCreationOrigin(manifest),
    sample: renderCreationOrigin(manifest) === "SAMPLE",
    creations: runs.map(({ path }) => path),
    partial: runs.some(({ partial }) => partial),
    target: manifest.target,
    kept: mean(kept),
    replies: mean(runs.map((run) => run.manifest.replies)),
    tokens: mean(tokens),
    tokensPerKept: perKept,
    uncounted: sum(runs.map((run) => run.manifest.usage.uncounted)),
    paperPriceUsd: (mean(tokens) / 1000) * paperPrice,
    paperPriceUsdAtPaperSize:
      perKept === null || size === null ? null : (perKept / 1000) * paperPrice * size,
    todayUsd: costs.length === runs.length ? mean(costs) : null,
    paperUsd: publishedCost(manifest.source, manifest.task),
  };
}

function getCostKey({ task, source, model, flags, originWord, target }: CostRow): SortKey {
  const setting = sourceNames.indexOf(source);
  return [...getTaskKey(task), originWord, setting, model, flags, target];
}

function renderCreationFlags({ conditions }: CreationRun["manifest"]): string {
  const shown = Object.entries(conditions)
    .filter(([name]) => !elsewhere.includes(name))
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : String(value)]);
  return renderFlags(Object.fromEntries(shown));
}

function renderCreationOrigin({ data, completions }: CreationRun["manifest"]): string {
  return data.kind === "sample" || completions.kind === "sample" ? "SAMPLE" : completions.kind;
}

function listCostNotes(rows: readonly CostRow[]): string[] {
  if (rows.length === 0) return [];
  const notes = [
    "Tokens: prompts and replies, rejected data included, the mean over creations. Each row: one task, setting, creator, set of flags and number of examples asked for.",
    "Paper's price: 0.002 USD for 1,000 tokens; at the paper's N: for as many examples as the paper created. Today's: by the price list of the run's day, a label check included.",
  ];
  if (rows.some(({ paperUsd }) => paperUsd !== null))
    notes.push(
      "Paper: Lee et al. 2023, Table 5; which of its two BoolQ columns is the open-book one is presumed from the order.",
    );
  if (rows.some(({ uncounted }) => uncounted > 0))
    notes.push("≥: some replies came without a count of tokens; the numbers are too low.");
  if (rows.some(({ partial }) => partial))
    notes.push("partial: a creation that stopped before its end.");
  if (rows.some(({ sample }) => sample))
    notes.push("SAMPLE: the bundled recording; no cost of the benchmark's data.");
  return notes;
}

/** Table 5, a row for each task, setting, creator and set of flags. */
export function createCostTable({ title, rows, notes }: Table5): Table<CostRow> {
  return { title, columns: costColumns, rows, empty: "No creations yet.", notes };
}

const costColumns: readonly TableColumn<CostRow>[] = [
  left("task", "Task", ({ task }) => task),
  left(
    "source",
    "Source",
    ({ source }) => source,
    ({ source, partial }) => `${source}${partial ? " (partial)" : ""}`,
  ),
  long(
    "model",
    "Creator",
    ({ model }) => model,
    ({ model, originWord }) => `${originWord} ${model}`,
  ),
  long("flags", "Flags", ({ flags }) => flags),
  field("origin", ({ originWord }) => originWord),
  right("creations", "Creations", ({ creations }) => creations.length),
  field("partial", ({ partial }) => partial),
  field("target", ({ target }) => target),
  right(
    "kept",
    "Kept",
    ({ kept }) => roundDigits(kept),
    ({ kept, target }) =>
      kept < target ? `${renderWhole(kept)} of ${renderWhole(target)}` : renderWhole(kept),
  ),
  number("replies", "Replies", ({ replies }) => replies, renderWhole),
  number(
    "tokens",
    "Tokens",
    ({ tokens }) => tokens,
    (tokens, row) => `${renderAtLeast(row)}${renderWhole(tokens)}`,
  ),
  number(
    "tokens_per_kept",
    "Tokens/example kept",
    ({ tokensPerKept }) => tokensPerKept,
    (tokens, row) => `${renderAtLeast(row)}${tokens.toFixed(1)}`,
  ),
  field("replies_without_count", ({ uncounted }) => uncounted),
  number(
    "usd_at_paper_price",
    "USD, paper's price",
    ({ paperPriceUsd }) => paperPriceUsd,
    renderUsd,
  ),
  number(
    "usd_at_paper_price_and_size",
    "USD, paper's price and N",
    ({ paperPriceUsdAtPaperSize }) => paperPriceUsdAtPaperSize,
    (usd, { sample }) => (sample ? dash : renderUsd(usd)),
  ),
  number("usd_today", "USD today", ({ todayUsd }) => todayUsd, renderUsd),
  number(
    "paper_usd",
    "Paper, USD",
    ({ paperUsd }) => paperUsd,
    (usd, { sample }) => (sample ? `(${usd.toFixed(2)})` : usd.toFixed(2)),
  ),
  field("runs", ({ creations }) => creations.join(" ")),
];

/** A column of numbers; a dash where there is none. */
function number(
  id: string,
  head: string,
  toNumber: (row: CostRow) => number | null,
  render: (value: number, row: CostRow) => string,
): TableColumn<CostRow> {
  const text = (row: CostRow) => {
    const value = toNumber(row);
    return value === null ? dash : render(value, row);
  };
  return right(id, head, (row) => roundDigits(toNumber(row)), text);
}

/** The sign before tokens where some replies came without a count. */
function renderAtLeast({ uncounted }: CostRow): string {
  return uncounted > 0 ? "≥ " : "";
}
