import type { TreeData } from "../page-data.ts";
import { type Look, lookAt, lookOf } from "../palette.ts";
import { toElement, toSvg } from "./element.ts";
import { type Placed, placeNodes } from "./place-nodes.ts";

const column = 48;
const row = 20;
const margin = 14;

/** A drawn tree: by mouse, touch or arrow keys a node is chosen. */
export interface Drawing {
  tree: SVGElement;
  legend: Node[];
}

/** Draws a creation from left to right, each label with its shape. @param onChoose gets a place, null for the root */
export function drawTree(data: TreeData, onChoose: (node: number | null) => void): Drawing {
  const placed = placeNodes(data.nodes);
  const width = Math.max(...placed.map(({ depth }) => depth)) * column + 2 * margin;
  const height = Math.max(...placed.map(({ y }) => y)) * row + 2 * margin;
  const elements = new Map<number | null, SVGElement>();
  let chosen: SVGElement | null = null;
  const choose = (at: number | null) => {
    const element = elements.get(at);
    if (!element) return;
    chosen?.setAttribute("aria-selected", "false");
    chosen?.setAttribute("tabindex", "-1");
    element.setAttribute("aria-selected", "true");
    element.setAttribute("tabindex", "0");
    element.focus({ preventScroll: false });
    chosen = element;
    onChoose(at);
  };
  const edges = placed.flatMap((one) => toEdge(one, placed));
  const nodes = placed.map((one) => {
    const element = toNode(one, data);
    elements.set(one.at, element);
    element.addEventListener("click", () => choose(one.at));
    element.addEventListener("keydown", (event) => {
      const next = neighbour(event.key, one, placed);
      if (next === undefined) return;
      event.preventDefault();
      choose(next);
    });
    return element;
  });
  elements.get(null)?.setAttribute("tabindex", "0");
  const tree = toSvg(
    "svg",
    {
      role: "tree",
      "aria-label": "creation tree",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
    },
    toSvg("path", { class: "edges", d: edges.join(""), "aria-hidden": "true" }),
    ...nodes,
  );
  const legend = data.labels.map((label, i) =>
    toElement("li", {}, toShape(lookAt(i)), toElement("span", { class: "made" }, label)),
  );
  return { tree, legend };
}

function toNode({ at, depth, y }: Placed, data: TreeData): SVGElement {
  const node = at === null ? null : data.nodes[at];
  const look = node ? lookAt(node.label) : lookOf("human");
  const label = node ? data.labels[node.label] : "";
  const question = (node?.text ?? data.root)?.question ?? "";
  const name =
    at === null ? `formatting example: ${question}` : `line ${at + 1}, ${label}: ${question}`;
  return toSvg(
    "g",
    {
      role: "treeitem",
      class: "node",
      tabindex: -1,
      "aria-level": depth + 1,
      "aria-selected": "false",
      "aria-label": name,
      transform: `translate(${margin + depth * column} ${margin + y * row})`,
    },
    toSvg("title", {}, name),
    // As large to hit as neighbours leave room for.
    toSvg("rect", { class: "hit", x: -column / 2, y: -row / 2, width: column, height: row }),
    toSvg("circle", { class: "ring", r: 8.5 }),
    toSvg("path", { class: `fill-${look.tone}`, d: look.shape, transform: "translate(-5 -5)" }),
  );
}

function toEdge(child: Placed, placed: readonly Placed[]): string[] {
  if (child.at === null) return [];
  const parent = placed[child.parent];
  if (!parent) return [];
  const [x1, y1] = [margin + parent.depth * column, margin + parent.y * row];
  const [x2, y2] = [margin + child.depth * column, margin + child.y * row];
  const bend = (x1 + x2) / 2;
  return [`M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`];
}

/** Where a key leads from a node; undefined: nowhere. */
function neighbour(
  key: string,
  from: Placed,
  placed: readonly Placed[],
): number | null | undefined {
  const level = placed.filter(({ depth }) => depth === from.depth).sort((a, b) => a.y - b.y);
  const place = level.indexOf(from);
  if (key === "Enter" || key === " ") return from.at;
  if (key === "ArrowLeft") return from.at === null ? undefined : placed[from.parent]?.at;
  if (key === "ArrowRight")
    return placed.find((one) => placed[one.parent] === from && one !== from)?.at;
  if (key === "ArrowUp") return level[place - 1]?.at;
  if (key === "ArrowDown") return level[place + 1]?.at;
  if (key === "Home") return null;
  return key === "End" ? placed.at(-1)?.at : undefined;
}

function toShape({ tone, shape }: Look): SVGElement {
  const attributes = { class: "shape", viewBox: "-1 -1 12 12", "aria-hidden": "true" };
  return toSvg("svg", attributes, toSvg("path", { class: `fill-${tone}`, d: shape }));
}
