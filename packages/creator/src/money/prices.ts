import { calcPrice } from "@pydantic/genai-prices";
import type { Endpoint } from "@seedling/core";
import type { Usage } from "./chat.ts";

/**
 * What the tokens cost at OpenAI, in USD, by the price list of the installed
 * `@pydantic/genai-prices`; null for a server of one's own or a model that the list does not have.
 */
export function toCost(usage: Usage, model: string, endpoint: Endpoint | null): number | null {
  if (!endpoint?.official) return null;
  const { promptTokens: input_tokens, completionTokens: output_tokens } = usage;
  const price = calcPrice({ input_tokens, output_tokens }, model, { providerId: "openai" });
  return price?.total_price ?? null;
}
