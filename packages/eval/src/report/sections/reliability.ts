import { binByConfidence, type Interval, wilsonInterval } from "@seedling/core/internal";
import { renderHtmlTable } from "../../render/html.ts";
import { interval, left, percent, right } from "../../tables/column.ts";
import { drawLines } from "../charts/charts.ts";
import { type Look, lookAt } from "../charts/looks.ts";
import type { Chart } from "../page/page.ts";

/** How probable answers are, by their classifier, and which are right. */
export interface JudgedAnswers {
  confidence: ArrayLike<number>;
  right: ArrayLike<number | boolean>;
}

interface Bin {
  series: string;
  n: number;
  /** The mean probability, and the share that is right. */
  sure: number;
  accuracy: number;
  interval: Interval;
}

/** A reliability diagram: the share of right answers by their probability, in the bins of the calibration error. */
export function createReliabilityChart(
  { id, of, origins, look }: Pick<Chart, "id" | "origins"> & { of: string; look: Look },
  series: readonly { name: string; answers: JudgedAnswers }[],
): Chart {
  const lines = series.map(({ name, answers }, at) => ({
    look: at === 0 ? look : ({ ...lookAt(0), color: "var(--text-light)" } as const),
    name,
    bins: binByConfidence(answers.confidence, answers.right)
      .filter(({ n }) => n > 0)
      .map(({ n, right, gap }): Bin => {
        const accuracy = right / n;
        const sure = (right + gap) / n;
        return { series: name, n, sure, accuracy, interval: wilsonInterval(accuracy, n) };
      }),
  }));
  const rows = lines.flatMap(({ bins }) => bins);
  const most = Math.max(...rows.map(({ n }) => n));
  const title = `Right answers by their probability, ${of}`;
  return {
    id,
    title,
    origins,
    legend: lines.map(({ name, look }) => ({ label: name, look })),
    drawing: drawLines(
      lines.map(({ look, bins }) => ({
        look,
        joined: false,
        points: bins.map(({ n, sure, accuracy, interval: { low, high } }) => ({
          ...{ x: 100 * sure, y: 100 * accuracy, low: 100 * low, high: 100 * high },
          size: 0.4 + Math.sqrt(n / most),
        })),
      })),
      { name: "mean probability, %", scale: "linear" },
      "right answers, %",
      [{ from: { x: 0, y: 0 }, to: { x: 100, y: 100 }, text: "" }],
    ),
    note: "15 bins of equal width, 95 % intervals; the more answers, the larger the point. On the dashed diagonal answers are right as often as their probability says.",
    table: renderHtmlTable({
      title,
      columns: [
        left<Bin>("series", "Probabilities", (bin) => bin.series),
        percent<Bin>("sure", "Mean probability %", ({ sure }) => sure, 1),
        right<Bin>("n", "Answers", ({ n }) => n),
        percent<Bin>("accuracy", "Right %", ({ accuracy }) => accuracy, 1),
        ...interval<Bin>("interval", "percent", "95 % interval", (bin) => bin.interval),
      ],
      rows,
    }),
  };
}
