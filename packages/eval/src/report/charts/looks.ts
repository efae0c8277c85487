import type { Source } from "@seedling/core/internal";
import {
  type SymbolType,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from "d3-shape";
import { html, type Markup } from "../../render/markup.ts";

/** How a series is drawn: series differ by shape as well as by colour. */
export interface Look {
  /** A colour variable of the style sheet, with a value each for light, dark and paper. */
  color: `var(--${string})`;
  /** An SVG path round the origin, about 10 pixels wide. */
  shape: string;
}

function createLook(color: string, type: SymbolType): Look {
  return { color: `var(--${color})`, shape: symbol(type, 68).digits(2)() ?? "" };
}

/** Looks of sources, in the order of the tables. Colours after Okabe and Ito, distinct for any colour vision. */
const looks: Record<Source | "human, same N", Look> = {
  human: createLook("text", symbolSquare),
  "human, same N": createLook("blue", symbolSquare),
  naive: createLook("orange", symbolTriangle),
  random: createLook("sky", symbolCircle),
  diverse: createLook("green", symbolDiamond),
  similar: createLook("pink", symbolWye),
  tree: createLook("vermilion", symbolStar),
  file: createLook("yellow", symbolCross),
  direct: createLook("text-light", symbolCross),
};

const order: readonly string[] = Object.keys(looks);

/** The look of a source or role, the same in every chart. */
export function lookOf(role: string): Look {
  return Object.hasOwn(looks, role) ? looks[role as keyof typeof looks] : looks.direct;
}

/** Distinct sources in the order of the tables; unknown ones last. */
export function sortSources(sources: Iterable<string>): string[] {
  const rank = (source: string) => (order.includes(source) ? order.indexOf(source) : order.length);
  return [...new Set(sources)].sort((a, b) => rank(a) - rank(b));
}

/** The legend of a chart whose series are sources. */
export function listLegend(sources: Iterable<string>): { label: string; look: Look }[] {
  return sortSources(sources).map((source) => ({ label: source, look: lookOf(source) }));
}

const wheel: readonly Look[] = [
  createLook("blue", symbolCircle),
  createLook("orange", symbolTriangle),
  createLook("green", symbolDiamond),
  createLook("vermilion", symbolSquare),
  createLook("sky", symbolWye),
  createLook("pink", symbolStar),
  createLook("yellow", symbolCross),
];

/** The look of the nth of things without a look of their own, such as labels. */
export function lookAt(n: number): Look {
  return wheel[n % wheel.length] as Look;
}

/** A series' shape, drawn before its name. */
export function renderShape({ color, shape }: Look): Markup {
  return html`<svg class="shape" viewBox="-7 -7 14 14" aria-hidden="true"><path fill="${color}" d="${shape}"/></svg>`;
}
