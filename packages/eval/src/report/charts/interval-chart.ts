import { html, type Markup } from "../../render/html.ts";
import { createScale, drawAt, drawPlot, drawRowLabel, drawShape } from "./axes.ts";
import type { Look } from "./looks.ts";

/** A row of the chart: its name, and its values with their intervals, in the units of the axis, one below the other. */
export interface IntervalRow {
  /** One or two lines. */
  label: string[];
  marks: { look: Look; value: number; low: number; high: number }[];
  /** The value of a dashed line; null: none. */
  baseline: number | null;
}

const spacing = 15;

/** Draws rows of intervals, each value with its shape. @param axis what it shows, with its unit */
export function drawIntervals(rows: readonly IntervalRow[], axis: string): Markup {
  const ends = rows.flatMap(({ marks }) => marks.flatMap(({ low, high }) => [low, high]));
  const lines = rows.map(({ baseline }) => baseline);
  const scale = createScale("linear", [...ends, ...lines.filter((line) => line !== null)]);
  const most = Math.max(...rows.map(({ marks }) => marks.length));
  const rowHeight = Math.max(38, most * spacing + 16);
  const height = rows.length * rowHeight;
  const drawn = rows.map(({ label, marks, baseline }, i) => {
    const top = i * rowHeight;
    const middle = top + rowHeight / 2;
    const first = middle - ((marks.length - 1) / 2) * spacing;
    return html`<line x2="100%" y1="${top}" y2="${top}" stroke="var(--border)"/>${drawRowLabel(label, middle)}
${baseline !== null && html`<line x1="${scale(baseline)}%" x2="${scale(baseline)}%" y1="${top + 6}" y2="${top + rowHeight - 6}" stroke="var(--text-light)" stroke-width="2" stroke-dasharray="3 3"/>`}
${marks.map((mark, k) => {
  const y = first + k * spacing;
  return html`<line x1="${scale(mark.low)}%" x2="${scale(mark.high)}%" y1="${y}" y2="${y}" stroke="${mark.look.color}" stroke-width="2"/>${drawAt(scale(mark.value), y, drawShape(mark.look, 1.25))}`;
})}`;
  });
  return drawPlot("rows", height, { name: axis, scale }, drawn);
}
