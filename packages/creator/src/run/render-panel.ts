import { renderPercent, renderSeconds, renderWhole } from "@seedling/core/internal";
import { renderCounts } from "../reply/rejections.ts";
import { cutToWidth, toPrintable, toWidth } from "./columns.ts";
import {
  renderAnswerer,
  renderCost,
  renderInFlight,
  renderLabels,
  renderLeft,
  renderTokens,
  renderYield,
} from "./parts.ts";
import { toProjection } from "./projection.ts";
import type { View } from "./view.ts";

const widest = 100;

/** A creation's state as a box to draw again and again. @param columns the terminal's width */
export function renderPanel(view: View, columns: number): string {
  const { state, pace } = view;
  const { funnel, checking, contaminated } = state;
  const projection = toProjection(view);
  const rows = {
    replies: `${renderWhole(funnel.completions)}, ${renderYield(state)}, ${renderInFlight(view)}`,
    tokens: renderTokens(view, projection),
    cost: renderCost(view, projection),
    time: [renderSeconds(pace.elapsed), ...renderLeft(projection), ...renderSpeed(view)].join(", "),
    rejected: renderCounts(state.rejections),
    labels: renderLabels(state, view.options),
    ...(view.verify !== null && {
      check: `${renderWhole(checking.replies)} answers to check labels`,
    }),
    ...(contaminated !== null && {
      near: `${renderWhole(contaminated)} kept too close to what is evaluated on`,
    }),
  };
  const title = `${toPrintable(view.name)}, ${renderAnswerer(view)}`;
  const width = Math.min(columns, widest);
  const lines = Object.entries(rows).map(([name, text]) => `${name.padEnd(8)}  ${text}`);
  return renderBox(title, [renderBar(view, width - 4), ...lines], width);
}

function renderSpeed({ state, pace }: View): string[] {
  if (pace.perSecond === null) return [];
  const { completions, kept } = state.funnel;
  const perMinute = (60 * pace.perSecond * kept) / Math.max(1, completions);
  return [`${perMinute < 10 ? perMinute.toFixed(1) : renderWhole(perMinute)} kept a minute`];
}

function renderBar({ state, target }: View, width: number): string {
  const share = Math.min(1, state.funnel.kept / target);
  const figures = `${renderWhole(state.funnel.kept)} of ${renderWhole(target)} kept  ${renderPercent(share)}`;
  const length = Math.max(0, width - figures.length - 2);
  const full = Math.floor(share * length);
  return `${"█".repeat(full)}${"░".repeat(length - full)}  ${figures}`;
}

function renderBox(title: string, lines: readonly string[], width: number): string {
  if (width < 8) return cutToWidth(lines[0] ?? "", width);
  const head = cutToWidth(title, width - 6);
  const inside = lines.map((line) => {
    const cut = cutToWidth(line, width - 4);
    return `│ ${cut}${" ".repeat(width - 4 - toWidth(cut))} │`;
  });
  return [
    `┌ ${head} ${"─".repeat(width - 4 - toWidth(head))}┐`,
    ...inside,
    `└${"─".repeat(width - 2)}┘`,
  ].join("\n");
}
