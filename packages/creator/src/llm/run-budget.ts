import { join } from "node:path";
import { FlagError, type Run, toCreationFolder } from "@seedling/core/internal";
import { readBatchSpent } from "./batch-log.ts";
import { type Budget, openBudget } from "./budget.ts";
import type { Usage } from "./chat.ts";
import { readSpent, spendingFile } from "./ledger.ts";
import { findRunPrices, type ModelPrices } from "./run-prices.ts";

/**
 * Opens the budget of a command: what its creations spent in earlier invocations counts.
 * @throws FlagError for a cap in USD where a price is not known
 */
export function openRunBudget(runs: readonly Run[]): Budget {
  const { maxCost = null, maxTotalTokens = null } = runs[0]?.flags ?? {};
  const budget = openBudget({ maxCost, maxTotalTokens });
  const live = runs.filter(({ completions }) => completions?.kind === "live");
  const creations = new Map(live.map((run) => [toCreationFolder(run), run]));
  for (const [folder, run] of creations) {
    const model = run.completions?.model ?? "";
    const checkModel = run.flags.verifyModel ?? model;
    const prices = findRunPrices(run, checkModel);
    const unknown = prices.creating === null ? model : prices.checking === null ? checkModel : null;
    if (maxCost !== null && unknown !== null)
      throw new FlagError(
        `--max-cost: no price is known for ${unknown}; give --prices IN,OUT, or --max-total-tokens instead`,
      );
    for (const usage of [readSpent(join(folder, spendingFile)), readBatchSpent(folder)])
      budget.charge(usage, toDearer(usage, prices));
  }
  return budget;
}

/** A ledger does not tell which model was paid: at the price of the dearer one. */
function toDearer(usage: Usage, { creating, checking }: ModelPrices): number | null {
  if (creating === null || checking === null) return null;
  return Math.max(creating.usd(usage), checking.usd(usage));
}
