import type { AttentionKind } from "../encoder/attention-kinds.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import type { GraphBuilder } from "./graph.ts";

/** The length of x's second axis: of ids [texts, tokens] the tokens of each text, padding included. */
export function countAlong(g: GraphBuilder, x: string): string {
  return g.add("Gather", [g.add("Shape", [x]), g.index(1)]);
}

/** The positions 0, 1, ... of tokens, [tokens]. @param tokens their number */
export function addPositions(g: GraphBuilder, tokens: string): string {
  return g.add("Range", [g.index(0), tokens, g.index(1)]);
}

/** How far each token, along the second axis, is ahead of each, along the first: [tokens, tokens]. */
export function addDistances(g: GraphBuilder, positions: string): string {
  const [across = "", down = ""] = [
    [1, -1],
    [-1, 1],
  ].map((shape) => g.add("Reshape", [positions, g.ints(...shape)]));
  return g.add("Sub", [across, down]);
}

/** What the attention of all layers of a kind computes with (encoder/attention-view.ts). */
export interface GraphView {
  /** Added to scores, broadcast to [texts, heads, tokens, tokens]: -1e9 where nothing is seen. */
  mask: string;
  /** [tokens, size] both; null: positions turn nothing. */
  rotation: { cosines: string; sines: string } | null;
}

/**
 * Creates what finds the view of a kind of attention, which all its layers share.
 * @param mask [texts, tokens]: 1 at a token, 0 at padding
 */
export function createViews(
  g: GraphBuilder,
  { config }: { config: EncoderConfig },
  mask: string,
  tokens: string,
): (kind: AttentionKind) => GraphView {
  const padding = g.add("Mul", [g.add("Sub", [g.number(1), g.toFloat(mask)]), g.number(-1e9)]);
  const unseen = g.add("Unsqueeze", [padding, g.ints(1, 2)]);
  const views = new Map<AttentionKind, GraphView>();
  return (kind) => {
    const known = views.get(kind);
    if (known) return known;
    const { window, ropeTheta } = kind;
    const positions = () => g.toFloat(addPositions(g, tokens));
    const view: GraphView = { mask: unseen, rotation: null };
    if (window !== null) {
      const distances = g.add("Abs", [addDistances(g, positions())]);
      const far = g.toFloat(g.add("Greater", [distances, g.number(window)]));
      view.mask = g.add("Add", [unseen, g.add("Mul", [far, g.number(-1e9)])]);
    }
    if (ropeTheta !== null)
      view.rotation = addRotation(g, ropeTheta, config.hidden / config.heads, positions());
    views.set(kind, view);
    return view;
  };
}

/** Computed as it runs: tables of all positions would be as large as a small encoder. */
function addRotation(g: GraphBuilder, theta: number, size: number, positions: string) {
  const { fround } = Math;
  const half = size / 2;
  const speeds = g.tensor(`speeds_${theta}`, "float", [1, half], () =>
    Float32Array.from({ length: half }, (_, at) => 1 / fround(theta ** (at / half))),
  );
  const angles = g.add("Mul", [g.add("Reshape", [positions, g.ints(-1, 1)]), speeds]);
  const both = g.add("Concat", [angles, angles], { axis: 1 });
  return { cosines: g.add("Cos", [both]), sines: g.add("Sin", [both]) };
}

/** Turns rows by their positions: x is [texts, heads, tokens, size]. */
export function addTurn(g: GraphBuilder, x: string, rotation: GraphView["rotation"]): string {
  if (!rotation) return x;
  const [left = "", right = ""] = g.addMany("Split", [x], 2, { axis: 3 });
  const turned = g.add("Concat", [g.add("Neg", [right]), left], { axis: 3 });
  return g.add("Add", [
    g.add("Mul", [x, rotation.cosines]),
    g.add("Mul", [turned, rotation.sines]),
  ]);
}
