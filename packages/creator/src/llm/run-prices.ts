import type { Run } from "@seedling/core/internal";
import type { Prices } from "../run/usd.ts";
import { findPrices } from "./prices.ts";

/** The prices of a run's models; none where nothing is asked. @param checkModel answers the label check */
export function findRunPrices({ completions, flags }: Run, checkModel: string): Prices {
  if (completions?.kind !== "live") return { creating: null, checking: null };
  const { endpoint, model } = completions;
  const { prices, batch } = flags;
  const find = (name: string) => findPrices({ model: name, endpoint, prices, batch });
  return { creating: find(model), checking: find(checkModel) };
}
