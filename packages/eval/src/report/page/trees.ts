import type { NodeText, PackedTree, TreeData } from "../page-data.ts";
import { readChunk } from "./chunk.ts";
import { drawTree } from "./draw-tree.ts";
import { toElement } from "./element.ts";
import { fromPackedTree } from "./packed-tree.ts";

/** Fills the creation tree: which creation, its nodes, and the node that is chosen. */
export function showTrees(): void {
  const choice = document.querySelector<HTMLSelectElement>("#tree-choice");
  const place = document.querySelector("#tree-drawing");
  const legend = document.querySelector("#tree-legend");
  const details = document.querySelector("#tree-node");
  if (!choice || !place || !legend || !details) return;
  const load = async () => {
    const chosen = choice.value;
    const data = fromPackedTree(await readChunk<PackedTree>(chosen));
    if (chosen !== choice.value) return;
    details.replaceChildren(toElement("p", {}, "Choose a node to read it."));
    const drawing = drawTree(data, (node) => details.replaceChildren(...toDetails(data, node)));
    place.replaceChildren(drawing.tree);
    legend.replaceChildren(...drawing.legend);
  };
  choice.addEventListener("change", () => void load());
  void load();
}

/** @param node its place; null: the formatting example */
function toDetails(data: TreeData, node: number | null): Node[] {
  if (node === null)
    return [heading("The formatting example"), ...toTexts(data.root, "example.jsonl", data)];
  const { parent, depth, text, completion } = data.nodes[node] ?? {};
  const parentText = parent == null ? data.root : (data.nodes[parent]?.text ?? null);
  const parentName = parent == null ? "the formatting example" : `line ${parent + 1}`;
  const answer = completion == null ? null : data.completions[completion];
  return [
    heading(`Line ${node + 1} of created.jsonl, depth ${depth}`),
    ...toTexts(text ?? null, `created.jsonl, line ${node + 1}`, data),
    heading(`Its parent: ${parentName}`),
    ...toTexts(
      parentText,
      parent == null ? "example.jsonl" : `created.jsonl, line ${parent + 1}`,
      data,
    ),
    heading("The completion that it was read from"),
    answer == null
      ? toElement("p", { class: "note" }, data.noCompletions ?? `in ${data.path}/journal.jsonl`)
      : toElement("pre", { class: "made" }, answer),
  ];
}

function toTexts(text: NodeText | null, file: string, { path }: TreeData): Node[] {
  if (text === null) return [toElement("p", { class: "note" }, `In ${path}/${file}`)];
  const options = text.options.map((option) => {
    const chosen = option === text.answer;
    return toElement(
      "li",
      chosen ? { class: "is-right" } : {},
      chosen ? `${option} (label)` : option,
    );
  });
  const context =
    text.context === null ? [] : [toElement("p", { class: "made context" }, text.context)];
  return [
    toElement("p", { class: "made question" }, text.question),
    ...context,
    toElement("ul", { class: "made options" }, ...options),
  ];
}

function heading(text: string): Node {
  return toElement("h4", {}, text);
}
