import { renderCounts } from "../reply/rejections.ts";
import { cutToWidth } from "./columns.ts";
import {
  renderCost,
  renderInFlight,
  renderLabels,
  renderLeft,
  renderTokens,
  renderYield,
} from "./parts.ts";
import { toProjection } from "./projection.ts";
import type { View } from "./view.ts";

const widest = 200;

const kinds = { live: "", replay: "replay: ", sample: "SAMPLE replay: " } as const;

/** A creation's state as two plain lines of at most 200 columns. */
export function renderLine(view: View): string {
  const { state, target, from, options } = view;
  const { kept, completions } = state.funnel;
  const projection = toProjection(view);
  const first = [
    `${kinds[from]}${kept} of ${target} kept from ${completions} replies, ${renderInFlight(view)}`,
    ...renderLeft(projection),
    `rejected: ${renderCounts(state.rejections)}`,
  ];
  const second = [
    renderYield(state),
    renderTokens(view, projection),
    renderCost(view, projection),
    ...(state.contaminated === null
      ? []
      : [`${state.contaminated} too close to what is evaluated on`]),
    `labels: ${renderLabels(state, options)}`,
  ];
  const lines = [`  ${first.join("; ")}`, `    ${second.join("; ")}`];
  return lines.map((line) => cutToWidth(line, widest)).join("\n");
}
