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
import { html, type Markup } from "../../render/html.ts";
import type { Role } from "../../tables/groups.ts";

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

/** The look of each source or role, the same in every chart, in the order of the tables. Colours after Okabe and Ito, distinct for any colour vision. */
export const looks: Record<Role, Look> = {
  human: createLook("text", symbolSquare),
  "human, same N": createLook("blue", symbolSquare),
  naive: createLook("orange", symbolTriangle),
  random: createLook("sky", symbolCircle),
  diverse: createLook("green", symbolDiamond),
  similar: createLook("pink", symbolWye),
  tree: createLook("vermilion", symbolStar),
  // A hexagon, an hourglass on its side, a bar, an hourglass that stands, and a triangle that points down: d3 has only seven shapes to be filled.
  attributes: { color: "var(--blue)", shape: "M0,-6.4L5.5,-3.2L5.5,3.2L0,6.4L-5.5,3.2L-5.5,-3.2Z" },
  feedback: { color: "var(--orange)", shape: "M-5.8,-5.8L-5.8,5.8L5.8,-5.8L5.8,5.8Z" },
  pool: { color: "var(--green)", shape: "M-7.2,-3L7.2,-3L7.2,3L-7.2,3Z" },
  file: createLook("yellow", symbolCross),
  direct: { color: "var(--text-light)", shape: "M-5.8,-5.8L5.8,-5.8L-5.8,5.8L5.8,5.8Z" },
  names: { color: "var(--text-light)", shape: "M0,7.2L-6.3,-3.6L6.3,-3.6Z" },
};

const order: readonly string[] = Object.keys(looks);

/** Distinct sources in the order of the tables. */
export function sortSources<T extends Role>(sources: readonly T[]): T[] {
  return [...new Set(sources)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

export function listLegend(sources: readonly Role[]): { label: string; look: Look }[] {
  return sortSources(sources).map((source) => ({ label: source, look: looks[source] }));
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
