import {
  dash,
  isCreated,
  mean,
  renderUsd,
  renderWhole,
  shortenModelName,
  sourceNames,
} from "@seedling/core/internal";
import { group, sum } from "d3-array";
import type { CreationRun } from "../results/results.ts";
import { getTaskKey, sortBy } from "./cells.ts";
import { field, left, long, number, right, type Table, type TableColumn } from "./column.ts";
import { renderFlags } from "./groups.ts";
import { areOwn, isOwn, nameOrigin } from "./labels.ts";
import { roundDigits } from "./numbers.ts";
import { paperPrice, publishedCost, publishedSize } from "./published.ts";

export type Table5 = ReturnType<typeof computeCosts>;

/** The creations of one task by one setting with the same creator, flags and size, seeds averaged. */
export type CostRow = ReturnType<typeof computeCostRow>;

/** Tokens for a kept example and what they cost, by task, setting, creator, flags and size; seeds averaged. */
export function computeCosts(creations: readonly CreationRun[]) {
  const created = creations.filter(({ manifest }) => isCreated(manifest.source));
  const groups = group(
    sortBy(created, ({ path }) => [path]),
    ({ manifest }) => {
      const { task, source, target, completions, conditions } = manifest;
      const made = [completions.model, nameOrigin(manifest), renderCreationFlags(manifest)];
      // Asked for by tokens, each keeps another number, which is its target.
      const size = conditions.tokens === undefined ? target : null;
      return JSON.stringify([task, source, size, made]);
    },
  );
  const rows = sortBy(
    [...groups.values()].map(computeCostRow),
    ({ task, source, model, flags, originWord, target }) => [
      ...getTaskKey(task),
      originWord,
      sourceNames.indexOf(source),
      model,
      flags,
      target,
    ],
  );
  const number = areOwn(created.map(({ manifest }) => manifest)) ? "" : "Table 5. ";
  return { title: `${number}Tokens and cost of creation`, rows, notes: listCostNotes(rows) };
}

function computeCostRow(runs: readonly CreationRun[]) {
  const [{ manifest }] = runs as [CreationRun];
  const all = runs.map((run) => run.manifest);
  const tokens = all.map(({ usage }) => usage.promptTokens + usage.completionTokens);
  const kept = all.map((one) => one.kept);
  const perKept = sum(kept) > 0 ? sum(tokens) / sum(kept) : null;
  const size = publishedSize(manifest.task);
  const costs = all.flatMap(({ costUsd }) => costUsd ?? []);
  const originWord = nameOrigin(manifest);
  return {
    task: manifest.task,
    source: manifest.source,
    model: shortenModelName(manifest.completions.model),
    flags: renderCreationFlags(manifest),
    originWord,
    sample: originWord === "SAMPLE",
    own: isOwn(manifest),
    /** Paths of the creations, relative to results. */
    creations: runs.map(({ path }) => path),
    /** Some stopped before their end. */
    partial: runs.some(({ partial }) => partial),
    target: Math.round(mean(all.map(({ target }) => target))),
    /** Mean number of kept examples. */
    kept: mean(kept),
    replies: mean(all.map(({ replies }) => replies)),
    /** Prompt and completion tokens of a creation, rejected data included. */
    tokens: mean(tokens),
    /** null where nothing was kept. */
    tokensPerKept: perKept,
    /** Replies whose server did not count tokens: the numbers are then too low. */
    uncounted: sum(all, ({ usage }) => usage.uncounted),
    /** USD at 0.002 a 1,000 tokens, for what was kept, and for as many examples as the paper created. */
    paperPriceUsd: (mean(tokens) / 1000) * paperPrice,
    paperPriceUsdAtPaperSize:
      perKept === null || size === null ? null : (perKept / 1000) * paperPrice * size,
    /** USD at today's price list, a label check included; null: no price is known. */
    todayUsd: costs.length === runs.length ? mean(costs) : null,
    /** The paper's own number, USD; null where it has none. */
    paperUsd: publishedCost(manifest.source, manifest.task),
  };
}

/** The flags of a creation that have no column of their own. */
function renderCreationFlags({ conditions }: CreationRun["manifest"]): string {
  const { examples: _, model: __, ...flags } = conditions;
  return renderFlags(flags);
}

function listCostNotes(rows: readonly CostRow[]): string[] {
  const notes = [
    "Tokens: prompts and replies, rejected data included, the mean over creations. Each row: one task, setting, creator, set of flags and number of examples asked for.",
    rows.some(({ own }) => !own) &&
      "Paper's price: 0.002 USD for 1,000 tokens; at the paper's N: for as many examples as the paper created.",
    rows.some(({ todayUsd }) => todayUsd !== null) &&
      "Today's USD: by the price list of the run's day, a label check included.",
    rows.some(({ paperUsd }) => paperUsd !== null) &&
      "Paper: Lee et al. 2023, Table 5; which of its two BoolQ columns is the open-book one is presumed from the order.",
    rows.some(({ uncounted }) => uncounted > 0) &&
      "≥: some replies came without a count of tokens; the numbers are too low.",
    rows.some(({ partial }) => partial) && "partial: a creation that stopped before its end.",
    rows.some(({ sample }) => sample) &&
      "SAMPLE: the bundled recording; no cost of the benchmark's data.",
  ];
  return rows.length > 0 ? notes.filter((note) => note !== false) : [];
}

export function createCostTable({ title, rows, notes }: Table5): Table<CostRow> {
  return { title, columns: costColumns, rows, empty: "No creations yet.", notes };
}

/** The sign before tokens where some replies came without a count. */
const renderAtLeast = ({ uncounted }: CostRow) => (uncounted > 0 ? "≥ " : "");

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
      Math.round(kept) < target
        ? `${renderWhole(kept)} of ${renderWhole(target)}`
        : renderWhole(kept),
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
    { none: dash },
  ),
  field("replies_without_count", ({ uncounted }) => uncounted),
  number(
    "usd_at_paper_price",
    "USD, paper's price",
    ({ paperPriceUsd }) => paperPriceUsd,
    (usd, { own }) => (own ? dash : renderUsd(usd)),
  ),
  number(
    "usd_at_paper_price_and_size",
    "USD, paper's price and N",
    ({ paperPriceUsdAtPaperSize }) => paperPriceUsdAtPaperSize,
    (usd, { sample }) => (sample ? dash : renderUsd(usd)),
    { none: dash },
  ),
  number("usd_today", "USD today", ({ todayUsd }) => todayUsd, renderUsd, { none: dash }),
  number(
    "paper_usd",
    "Paper, USD",
    ({ paperUsd }) => paperUsd,
    (usd, { sample }) => (sample ? `(${usd.toFixed(2)})` : usd.toFixed(2)),
    { none: dash },
  ),
  field("runs", ({ creations }) => creations.join(" ")),
];
