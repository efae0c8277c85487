import type { PackedTree, TreeData } from "../page-data.ts";

/** Puts each completion beside the nodes that were read from it. */
export function toPackedTree({ nodes, completions, ...rest }: TreeData): PackedTree {
  const requests: PackedTree["requests"] = [];
  let last: number | null | undefined;
  for (const { completion, ...node } of nodes) {
    if (completion !== last || requests.length === 0)
      requests.push({
        completion: completion === null ? null : (completions[completion] ?? null),
        nodes: [],
      });
    requests.at(-1)?.nodes.push(node);
    last = completion;
  }
  return { ...rest, requests };
}

/** The tree that was packed. */
export function fromPackedTree({ requests, ...rest }: PackedTree): TreeData {
  return {
    ...rest,
    nodes: requests.flatMap(({ completion, nodes }, at) =>
      nodes.map((node) => ({ ...node, completion: completion === null ? null : at })),
    ),
    completions: requests.map(({ completion }) => completion ?? ""),
  };
}
