import { calcPrice } from "@pydantic/genai-prices";
import type { Prices } from "@seedling/core/internal";
import type { Usage } from "./chat.ts";

/** What tokens cost. */
export interface PriceList {
  usd: (usage: Usage) => number;
  /** The prices and where they are from, with their date. */
  describe: string;
}

/** What decides about prices. */
export interface PriceQuery {
  model: string;
  /** Whether OpenAI answers, whose prices are listed. */
  official: boolean;
  /** `--prices`, which wins over every list. */
  prices: Prices | null;
  /** Whether it is asked by the Batch API, at half the price. */
  batch: boolean;
}

/** The installed `@pydantic/genai-prices`, which carries no date of its own. */
export const priceSource = { version: "0.1.8", published: "2026-09-23" };

/** The prices of a model, or null: of a server of one's own or a model that the list does not have. */
export function findPrices({ model, official, prices, batch }: PriceQuery): PriceList | null {
  if (prices) return toPriceList(prices, batch, "--prices");
  const listed = official ? findListed(model) : null;
  const { version, published } = priceSource;
  return listed && toPriceList(listed, batch, `genai-prices ${version} of ${published}`);
}

/** OpenAI's price of short requests: some models cost more from some hundred thousand tokens on. */
function findListed(model: string): Prices | null {
  const tokens = 1000;
  const usage = { input_tokens: tokens, output_tokens: tokens };
  const price = calcPrice(usage, model, { providerId: "openai" });
  if (!price) return null;
  const toMillion = (usd: number) => Number(((usd / tokens) * 1e6).toPrecision(9));
  return { input: toMillion(price.input_price), output: toMillion(price.output_price) };
}

function toPriceList(full: Prices, batch: boolean, source: string): PriceList {
  const factor = batch ? 0.5 : 1;
  const input = full.input * factor;
  const output = full.output * factor;
  const half = batch ? "half price, " : "";
  return {
    usd: ({ promptTokens, completionTokens }) =>
      (promptTokens * input + completionTokens * output) / 1e6,
    describe: `${input} USD per million prompt tokens and ${output} per million completion tokens (${half}${source})`,
  };
}
