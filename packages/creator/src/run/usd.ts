import type { Progress } from "../create/progress.ts";
import type { ModelPrices } from "../llm/run-prices.ts";

/** What all replies of a creation cost so far, in USD; null where a price is not known. */
export function toUsd({ tokens, checking }: Progress, prices: ModelPrices): number | null {
  const created = prices.creating?.usdOf(tokens) ?? null;
  if (checking.replies === 0 || created === null) return created;
  return prices.checking ? created + prices.checking.usdOf(checking) : null;
}
