import type { EChartsOption } from "echarts";
import { init } from "echarts/dist/echarts.esm.min.mjs";
import { type Markup, trusted } from "../../render/markup.ts";
import { type Tone, tones } from "../palette.ts";

/** A chart's size in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

/** The colour that stands for a tone while ECharts draws; the style sheet's takes its place. */
export function toColor(tone: Tone): string {
  return `#0000${(16 + tones.indexOf(tone)).toString(16)}`;
}

const toneOf = new Map(tones.map((tone) => [toColor(tone), tone]));

/**
 * Draws a chart as SVG without scripts and inline styles, so that a strict content security policy
 * lets it be and the page's themes colour it. Its text alternative stands beside it.
 * @param id that no other chart of the page has
 */
export function drawChart(id: string, option: EChartsOption, { width, height }: Size): Markup {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: "sans-serif" }, ...option });
    return trusted(toPlainSvg(chart.renderToSVGString(), id));
  } finally {
    chart.dispose();
  }
}

function toPlainSvg(svg: string, id: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, "")
    .replace(/ (class|ecmeta_\w+|pointer-events|xml:space|baseProfile|version)="[^"]*"/g, "")
    .replace(/\bzr\d+-/g, `${id}-`)
    .replace(/<[a-z]+ [^>]*>/gi, toPlainTag)
    .replace(/^<svg width="(\d+)" height="(\d+)"/, '<svg aria-hidden="true" data-width="$1"')
    .replace(/\n+/g, "\n");
}

function toPlainTag(tag: string): string {
  const classes: string[] = [];
  const plain = tag
    .replace(/ style="([^"]*)"/, (_, style: string) => toAttributes(style))
    .replace(/ font-family="[^"]*"/, "")
    .replace(/ (fill|stroke)="(#[0-9a-f]{6})"/g, (attribute, kind: string, color: string) => {
      const tone = toneOf.get(color);
      if (!tone) return attribute;
      classes.push(`${kind}-${tone}`);
      return "";
    });
  return classes.length === 0
    ? plain
    : plain.replace(/^<([a-z]+)/i, `<$1 class="${classes.join(" ")}"`);
}

/** `font-size:12px;font-weight:bold;` as attributes of SVG. */
function toAttributes(style: string): string {
  return style
    .split(";")
    .map((declaration) => declaration.split(":"))
    .map(([name, value]) => (name && value ? ` ${name.trim()}="${value.trim()}"` : ""))
    .join("");
}
