import { html, type Markup } from "../../render/html.ts";
import { createScale, drawPlot, drawRowLabel, round } from "./axes.ts";
import type { Look } from "./looks.ts";

const rowHeight = 28;

/** Draws bars of 100 %, one a row, of parts that are fractions in [0, 1] each. */
export function drawBars(
  rows: readonly string[],
  parts: readonly { look: Look; fractions: number[] }[],
  axis: string,
): Markup {
  const scale = createScale("linear", [0, 100]);
  const drawn = rows.map((label, row) => {
    let left = 0;
    const bars = parts.map(({ look, fractions }) => {
      const width = 100 * (fractions[row] ?? 0);
      const x = left;
      left += width;
      return html`<rect x="${round(x)}%" y="${row * rowHeight + 5}" width="${round(width)}%" height="18" fill="${look.color}" stroke="var(--accent-bg)"/>`;
    });
    return html`${bars}${drawRowLabel([label], (row + 0.5) * rowHeight)}`;
  });
  return drawPlot("rows", rows.length * rowHeight, { name: axis, scale }, drawn);
}
