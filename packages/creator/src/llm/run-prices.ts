import { FlagError, type Run, toCreationFolder } from "@seedling/core/internal";
import { type Budget, createBudget } from "./budget.ts";
import type { Spending } from "./chat.ts";
import { readLedger } from "./ledger.ts";
import { findPrices, type PriceList } from "./prices.ts";

/** Prices of the models that a run asks; null: no price is known. */
export interface ModelPrices {
  creating: PriceList | null;
  /** Of the model that checks labels. */
  checking: PriceList | null;
}

/** Finds the prices of a run's models; none where nothing is asked. @param checkModel answers the label check */
export function findRunPrices({ completions, flags }: Run, checkModel: string): ModelPrices {
  if (completions?.kind !== "live") return { creating: null, checking: null };
  const { endpoint, file, model } = completions;
  // Where there is nobody to ask yet, a dry run counts on OpenAI.
  const official = endpoint?.official ?? file === null;
  const { prices, batch } = flags;
  const find = (name: string) => findPrices({ model: name, official, prices, batch });
  return { creating: find(model), checking: find(checkModel) };
}

/**
 * Creates the budget of a command: what its creations spent in earlier invocations counts, each request
 * at the price of how it was asked.
 * @throws FlagError for a cap in USD where a price is not known
 */
export function createRunBudget(runs: readonly Run[]): Budget {
  const { maxCost = null, maxTotalTokens = null } = runs[0]?.flags ?? {};
  const budget = createBudget({ maxCost, maxTotalTokens });
  const live = runs.filter(({ completions }) => completions?.kind === "live");
  const creations = new Map(live.map((run) => [toCreationFolder(run), run]));
  for (const [folder, run] of creations) {
    const model = run.completions?.model ?? "";
    const checkModel = run.flags.verifyModel ?? model;
    const prices = findRunPrices(run, checkModel);
    const { creating, checking } = prices;
    const unknown = creating === null ? model : checking === null ? checkModel : null;
    if (maxCost !== null && unknown !== null)
      throw new FlagError(
        `--max-cost: no price is known for ${unknown}; give --prices IN,OUT, or --max-total-tokens instead`,
      );
    const { spent } = readLedger(folder);
    budget.charge(spent, computeCost(spent, prices));
  }
  return budget;
}

/**
 * Computes what a ledger's spending cost at most, in USD; null where a price is not known. A ledger does
 * not say which model was asked, so the dearer one counts.
 */
export function computeCost(spent: Spending, { creating, checking }: ModelPrices): number | null {
  return creating && checking && Math.max(creating.usdOf(spent), checking.usdOf(spent));
}
