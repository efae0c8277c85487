import type { TreeNode } from "../page-data.ts";

/** Where a node is drawn: its depth, and its place from above in rows. */
export interface Placed {
  /** Its place among the nodes; null: the root. */
  at: number | null;
  /** Its parent's place in the list of placed nodes; the root is its own. */
  parent: number;
  depth: number;
  y: number;
}

/** Places the root and all nodes: leaves one below the other, a parent in the middle of its children. */
export function placeNodes(nodes: readonly Pick<TreeNode, "parent">[]): Placed[] {
  // The root comes first, so that a node's place here is its place among the nodes plus one.
  const placed: Placed[] = [{ at: null, parent: 0, depth: 0, y: 0 }];
  const children: number[][] = [[]];
  for (const [at, { parent }] of nodes.entries()) {
    const above = parent !== null && parent < at ? parent + 1 : 0;
    placed.push({ at, parent: above, depth: (placed[above]?.depth ?? 0) + 1, y: 0 });
    children.push([]);
    children[above]?.push(at + 1);
  }
  let leaves = 0;
  const open: { one: number; done: boolean }[] = [{ one: 0, done: false }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { one, done } = next;
    const below = children[one] ?? [];
    const place = placed[one] as Placed;
    if (below.length === 0) place.y = leaves++;
    else if (done) place.y = middle(below.map((child) => placed[child]?.y ?? 0));
    else
      open.push(
        { one, done: true },
        ...below.toReversed().map((child) => ({ one: child, done: false })),
      );
  }
  return placed;
}

function middle(ys: readonly number[]): number {
  return ((ys[0] ?? 0) + (ys.at(-1) ?? 0)) / 2;
}
