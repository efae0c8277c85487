/** How a series looks: a tone of the style sheet, told apart by shape as well as by colour. */
export interface Look {
  tone: Tone;
  /** An SVG path in a box of 10 by 10. */
  shape: string;
}

/**
 * Colours of charts, by name: the style sheet has one for light, dark and paper each. The sources'
 * are after Okabe and Ito, which people with any colour vision tell apart.
 */
export const tones = [
  "ink",
  "muted",
  "line",
  "surface",
  "blue",
  "orange",
  "sky",
  "green",
  "pink",
  "vermilion",
  "yellow",
] as const;

/** One of them. */
export type Tone = (typeof tones)[number];

const circle = "M5 0A5 5 0 1 1 5 10A5 5 0 1 1 5 0Z";
const square = "M0.6 0.6H9.4V9.4H0.6Z";
const diamond = "M5 -0.8L10.8 5L5 10.8L-0.8 5Z";
const up = "M5 -0.4L10.6 9.4H-0.6Z";
const down = "M5 10.4L-0.6 0.6H10.6Z";
const cross = "M3.4 0H6.6V3.4H10V6.6H6.6V10H3.4V6.6H0V3.4H3.4Z";
const star = "M5 -1.6L7 3L12 3.2L8 6.3L9.4 11.2L5 8.4L0.6 11.2L2 6.3L-2 3.2L3 3Z";

const looks = new Map<string, Look>([
  ["human", { tone: "ink", shape: square }],
  ["human, same N", { tone: "blue", shape: square }],
  ["naive", { tone: "orange", shape: up }],
  ["random", { tone: "sky", shape: circle }],
  ["diverse", { tone: "green", shape: diamond }],
  ["similar", { tone: "pink", shape: down }],
  ["tree", { tone: "vermilion", shape: star }],
  ["file", { tone: "yellow", shape: cross }],
  ["direct", { tone: "muted", shape: cross }],
]);

/** Each of these once, sources in the order of the tables. */
export function toDistinctSources(sources: Iterable<string>): string[] {
  const order = [...looks.keys()];
  const place = (source: string) => (looks.has(source) ? order.indexOf(source) : order.length);
  return [...new Set(sources)].sort((a, b) => place(a) - place(b));
}

/** How a source is drawn, the same in every chart. */
export function lookOf(role: string): Look {
  return looks.get(role) ?? { tone: "muted", shape: cross };
}

const wheel: readonly Look[] = [
  { tone: "blue", shape: circle },
  { tone: "orange", shape: up },
  { tone: "green", shape: diamond },
  { tone: "vermilion", shape: square },
  { tone: "sky", shape: down },
  { tone: "pink", shape: star },
  { tone: "yellow", shape: cross },
];

/** How the nth of some things without a look of their own is drawn. */
export function lookAt(n: number): Look {
  return wheel[n % wheel.length] as Look;
}
