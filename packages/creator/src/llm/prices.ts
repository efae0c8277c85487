import { calcPrice } from "@pydantic/genai-prices";
import type { Flags, Prices, Run } from "@seedling/core/internal";
import type { Spending, Usage } from "./chat.ts";

/** What a model's tokens cost. */
export type PriceList = NonNullable<ReturnType<typeof findPrices>>;

/** The installed `@pydantic/genai-prices`, which carries no date of its own. */
export const priceSource = { version: "0.1.8", published: "2026-09-23" };

/**
 * Finds the prices of a model; null for a server of one's own or a model that the list does not have.
 * @param query official: whether OpenAI answers, whose prices are listed; prices: USD per million tokens,
 *   which win over every list; batch: whether the model is asked by the Batch API, at half the price
 */
export function findPrices(
  query: { model: string; official: boolean } & Pick<Flags, "prices" | "batch">,
) {
  const { model, official, prices, batch } = query;
  const listed = prices ?? (official ? findListed(model) : null);
  if (listed === null) return null;
  const { input, output } = listed;
  const { version, published } = priceSource;
  const source = prices ? "--prices" : `genai-prices ${version} of ${published}`;
  const [factor, half] = batch ? [0.5, "half price, "] : [1, ""];
  const full = ({ promptTokens, completionTokens }: Usage) =>
    (promptTokens * input + completionTokens * output) / 1e6;
  return {
    /** USD of requests as they are asked now: at once, or by batches at half the price. */
    usd: (usage: Usage) => factor * full(usage),
    /** USD of earlier requests, each at the price of how it was asked. */
    usdOf: (spending: Spending) => full(spending) - 0.5 * full(spending.batched),
    /** The prices and their source, with its date. */
    describe: `${input * factor} USD per million prompt tokens and ${output * factor} per million completion tokens (${half}${source})`,
  };
}

/** Prices of the models that a run asks, to create and to check labels; null: no price is known. */
export type ModelPrices = Record<"creating" | "checking", PriceList | null>;

/** Finds the prices of a run's models; none where nothing is asked. @param checkModel answers the label check */
export function findRunPrices({ completions, flags }: Run, checkModel: string): ModelPrices {
  if (completions?.kind !== "live") return { creating: null, checking: null };
  const { endpoint, file, model } = completions;
  // Where there is nobody to ask yet, a dry run counts on OpenAI.
  const official = endpoint?.official ?? file === null;
  const find = (name: string) => findPrices({ ...flags, model: name, official });
  return { creating: find(model), checking: find(checkModel) };
}

/**
 * Computes what a ledger's spending cost at most, in USD; null where a price is not known. A ledger does
 * not say which model was asked, so the dearer one counts.
 */
export function computeCost(spent: Spending, { creating, checking }: ModelPrices): number | null {
  return creating && checking && Math.max(creating.usdOf(spent), checking.usdOf(spent));
}

/** OpenAI's price of short requests: some models cost more from some hundred thousand tokens on. */
function findListed(model: string): Prices | null {
  const tokens = 1000;
  const usage = { input_tokens: tokens, output_tokens: tokens };
  const price = calcPrice(usage, model, { providerId: "openai" });
  if (!price) return null;
  const perMillion = (usd: number) => Number(((usd / tokens) * 1e6).toPrecision(9));
  return { input: perMillion(price.input_price), output: perMillion(price.output_price) };
}
