import type { Run } from "@seedling/core/internal";
import { findPrices, type PriceList } from "./prices.ts";

/** Prices of the models that a run asks; null: no price is known. */
export interface ModelPrices {
  creating: PriceList | null;
  /** Of the model that checks labels. */
  checking: PriceList | null;
}

/** The prices of a run's models; none where nothing is asked. @param checkModel answers the label check */
export function findRunPrices({ completions, flags }: Run, checkModel: string): ModelPrices {
  if (completions?.kind !== "live") return { creating: null, checking: null };
  const { endpoint, file, model } = completions;
  // Where there is nobody to ask yet, a dry run counts on OpenAI.
  const official = endpoint?.official ?? file === null;
  const { prices, batch } = flags;
  const find = (name: string) => findPrices({ model: name, official, prices, batch });
  return { creating: find(model), checking: find(checkModel) };
}
