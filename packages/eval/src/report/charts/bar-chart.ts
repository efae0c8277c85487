import type { EChartsOption } from "echarts";
import type { Markup } from "../../render/markup.ts";
import type { Look } from "../palette.ts";
import { axisStyle, cutText, type Room, widths } from "./axes.ts";
import { drawChart, toColor } from "./draw-chart.ts";

/** Parts of a whole, one bar a row. */
export interface BarChart {
  rows: string[];
  /** Shares in [0, 1], one a row. */
  parts: { look: Look; shares: number[] }[];
  axis: string;
}

/** Draws bars of 100 %, each part with its share in it where there is room. */
export function drawBars(id: string, { rows, parts, axis }: BarChart, room: Room): Markup {
  const option: EChartsOption = {
    grid: { left: room === "wide" ? 190 : 110, right: 22, top: 8, bottom: 46 },
    xAxis: {
      ...axisStyle,
      type: "value",
      min: 0,
      max: 100,
      interval: room === "wide" ? 10 : 25,
      name: axis,
      nameLocation: "middle",
      nameGap: 28,
    },
    yAxis: {
      ...axisStyle,
      type: "category",
      inverse: true,
      data: rows.map((_, at) => String(at)),
      axisTick: { show: false },
      axisLabel: {
        ...axisStyle.axisLabel,
        formatter: (_, at) => cutText(rows[at] ?? "", room === "wide" ? 28 : 15),
        interval: 0,
      },
    },
    series: parts.map(({ look, shares }) => ({
      type: "bar",
      stack: "all",
      silent: true,
      clip: false,
      barWidth: 18,
      data: shares.map((share) => 100 * share),
      itemStyle: { color: toColor(look.tone), borderColor: toColor("surface"), borderWidth: 1 },
    })),
  };
  const size = { width: widths[room], height: rows.length * 28 + 54 };
  return drawChart(`${id}-${room}`, option, size);
}
