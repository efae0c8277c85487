import type { Progress } from "../create/progress.ts";
import type { ModelPrices } from "../llm/run-prices.ts";
import type { Options } from "../prompt/prompt.ts";
import type { PaceFigures } from "./pace.ts";

/** What a user sees of a creation while it runs. */
export interface View {
  /** The run's, as its lines name it. */
  name: string;
  /** Who answers: a model, a recording of one, or the bundled sample's. */
  from: "live" | "replay" | "sample";
  model: string;
  options: Options;
  target: number;
  state: Progress;
  /** Requests in flight, those of the label check among them. */
  inFlight: number;
  /** Requests in flight at most: as asked for by `--concurrency`, and as the limits allow now. */
  concurrency: number;
  allowed: number;
  /** Requests in flight at most by the setting: its chains; null: as many as one likes. */
  chains: number | null;
  /** Answers that check each label; null: none do. */
  verify: number | null;
  prices: ModelPrices;
  pace: PaceFigures;
}
