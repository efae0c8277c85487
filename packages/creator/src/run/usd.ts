import type { Progress } from "../create/progress.ts";
import type { PriceList } from "../llm/prices.ts";

/** What a creation's replies cost; null: no price is known. */
export interface Prices {
  creating: PriceList | null;
  /** Of the model that checks labels. */
  checking: PriceList | null;
}

/** What all replies of a creation cost so far, in USD; null where a price is not known. */
export function toUsd({ tokens, checking }: Progress, prices: Prices): number | null {
  const created = prices.creating?.usd(tokens) ?? null;
  if (checking.replies === 0 || created === null) return created;
  return prices.checking ? created + prices.checking.usd(checking) : null;
}
