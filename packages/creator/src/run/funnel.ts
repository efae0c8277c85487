import { dash, renderPercent, renderUsd, renderWhole } from "@seedling/core/internal";
import type { Funnel, Progress } from "../create/progress.ts";
import type { ModelPrices } from "../llm/run-prices.ts";
import type { Options } from "../prompt/prompt.ts";
import { renderColumns } from "./columns.ts";
import { renderLabels, toTotalTokens } from "./parts.ts";
import { toUsd } from "./usd.ts";

/** A step of the yield funnel, as a manifest has it. */
export interface FunnelRow {
  step: keyof Funnel;
  n: number;
  /** All tokens of the creation, the label check's included, by what is left here. */
  tokensEach: number | null;
  /** null: no price is known, or nothing is left here. */
  usdEach: number | null;
}

const steps = ["completions", "candidates", "valid", "new", "kept"] as const;

/** The yield funnel: how many are left after each step, and what one of them took. */
export function toFunnelRecord(state: Progress, prices: ModelPrices): FunnelRow[] {
  const tokens = toTotalTokens(state);
  const usd = toUsd(state, prices);
  return steps.map((step) => {
    const n = state.funnel[step];
    return {
      step,
      n,
      tokensEach: n === 0 ? null : Number((tokens / n).toFixed(1)),
      usdEach: n === 0 || usd === null ? null : Number((usd / n).toPrecision(4)),
    };
  });
}

/**
 * The yield funnel as a table, and below it which labels were kept.
 */
export function renderFunnel(state: Progress, prices: ModelPrices, options: Options): string {
  const rows = toFunnelRecord(state, prices);
  const priced = toUsd(state, prices) !== null;
  const cells = rows.map(({ step, n, tokensEach, usdEach }, i) => [
    `  ${step}`,
    renderWhole(n),
    renderOf(n, rows[i - 1]),
    tokensEach === null ? dash : renderWhole(tokensEach),
    ...(priced ? [usdEach === null ? dash : renderUsd(usdEach)] : []),
  ]);
  const head = [
    "  step",
    "number",
    "of those before",
    "tokens each",
    ...(priced ? ["USD each"] : []),
  ];
  const { contaminated, agreement } = state;
  const { kept } = state.funnel;
  return [
    ...renderColumns([head, ...cells]),
    `  labels: ${renderLabels(state, options)}`,
    ...(agreement.examples === 0
      ? []
      : [
          `  label check: ${renderPercent(agreement.shares / agreement.examples)} of the answers agree, ${renderWhole(agreement.examples)} examples checked`,
        ]),
    ...(contaminated === null
      ? []
      : [`  too close to an item that is evaluated on: ${contaminated} of ${kept} kept`]),
  ].join("\n");
}

/** The share of the step before; of candidates, which a reply holds several of, how many. */
function renderOf(n: number, before: FunnelRow | undefined): string {
  if (!before || before.n === 0) return dash;
  return before.step === "completions"
    ? `${(n / before.n).toFixed(2)} each`
    : renderPercent(n / before.n);
}
