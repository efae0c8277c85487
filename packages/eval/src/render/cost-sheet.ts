import { dash, renderUsd, renderWhole } from "@seedling/core/internal";
import type { CostRow, Table5 } from "../tables/analysis.ts";
import { left, long, right, type TextTable, toSheet } from "./sheet.ts";

/** Table 5, a row for each task, setting, creator and set of flags. */
export function toCostSheet({ title, rows, notes }: Table5): TextTable {
  return toSheet<CostRow>(
    { title, empty: "No creations yet.", notes },
    [
      left("Task", ({ task }) => task),
      left("Source", ({ source, partial }) => `${source}${partial ? " (partial)" : ""}`),
      right("Creations", ({ creations }) => String(creations.length)),
      right("Kept", ({ kept, target }) =>
        kept < target ? `${renderWhole(kept)} of ${renderWhole(target)}` : renderWhole(kept),
      ),
      right("Replies", ({ replies }) => renderWhole(replies)),
      right("Tokens", (row) => `${toLeast(row)}${renderWhole(row.tokens)}`),
      right("Tokens a kept example", (row) =>
        row.tokensPerKept === null ? dash : `${toLeast(row)}${row.tokensPerKept.toFixed(1)}`,
      ),
      right("USD, paper's price", ({ paperPriceUsd }) => renderUsd(paperPriceUsd)),
      right("at the paper's N", ({ paperPriceUsdAtPaperSize, sample }) =>
        sample ? dash : toUsd(paperPriceUsdAtPaperSize),
      ),
      right("Paper, USD", ({ paperUsd, sample }) =>
        paperUsd !== null && sample ? `(${paperUsd.toFixed(2)})` : (paperUsd?.toFixed(2) ?? dash),
      ),
      right("USD today", ({ todayUsd }) => toUsd(todayUsd)),
      long("Creator", ({ model, originWord }) => `${originWord} ${model}`),
      long("Flags", ({ flags }) => flags),
    ],
    rows,
  );
}

function toLeast({ uncounted }: CostRow): string {
  return uncounted > 0 ? "≥ " : "";
}

function toUsd(usd: number | null): string {
  return usd === null ? dash : renderUsd(usd);
}
