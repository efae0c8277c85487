import type { Figure5, Figure5Point, Figure5Series } from "../tables/analysis.ts";
import { dash, renderInterval, renderPercent, renderSampleSource } from "../tables/numbers.ts";
import { left, long, right, type TextTable, toSheet } from "./sheet.ts";

/** Figure 5 as a table, a row for each point. */
export function toFigure5Sheet({ title, series, notes }: Figure5): TextTable {
  type Line = Figure5Series & { point: Figure5Point };
  const lines = series.flatMap((one) => one.points.map((point): Line => ({ ...one, point })));
  return toSheet<Line>(
    { title, empty: "No runs with --fraction yet.", notes },
    [
      left("Trained on", ({ task }) => task),
      left("Tested on", ({ test }) => test),
      left("Source", renderSampleSource),
      long("Student", ({ labels }) => labels.student),
      left("Part", ({ fractionBy }) => fractionBy),
      right("Share", ({ point }) => String(point.fraction)),
      right("N", ({ point }) => String(point.n)),
      right("Accuracy %", ({ point }) => renderPercent(point.accuracy)),
      right("95% interval", ({ point }) => renderInterval(point.interval)),
      right("Seeds", ({ point }) => String(point.seeds)),
      right("Paper %", ({ paper, point, sample }) => {
        const found = paper.find(([fraction]) => Math.abs(fraction - point.fraction) < 1e-9);
        return !found ? dash : sample ? `(${found[1].toFixed(1)})` : found[1].toFixed(1);
      }),
      long("Data and creator", ({ labels }) => labels.origin),
      long("Flags", ({ labels }) => labels.flags),
    ],
    lines,
  );
}
