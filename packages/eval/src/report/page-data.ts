// What the page's script unpacks: written by Node, read in the browser.

/** A creation as a tree. The formatting example is its root. */
export interface TreeData {
  root: NodeText | null;
  /** In the order of keeping: a node's place is its line in created.jsonl, from 0. */
  nodes: TreeNode[];
  completions: string[];
  /** Label names that nodes refer to. */
  labels: string[];
  /** Where the whole is, relative to results. */
  path: string;
  /** Why there is no completion to show; null: there are some. */
  noCompletions: string | null;
}

/**
 * A creation as it is packed: a completion beside the examples that were read from it, whose texts it
 * repeats; so close together gzip finds them again, and they take next to no room.
 */
export interface PackedTree extends Omit<TreeData, "nodes" | "completions"> {
  requests: { completion: string | null; nodes: Omit<TreeNode, "completion">[] }[];
}

/** A kept example. */
export interface TreeNode {
  /** A place in `nodes`; null: the formatting example. */
  parent: number | null;
  depth: number;
  /** A place in `labels`. */
  label: number;
  text: NodeText;
  /** A place in `completions`; null: not found. */
  completion: number | null;
}

/** An example's texts: data, whatever they hold. */
export interface NodeText {
  question: string;
  context: string | null;
  options: string[];
  answer: string;
}

/** Test items on which two kinds of models disagree. */
export interface FlipsData {
  items: FlipItem[];
}

/** One of them. Votes are answers with how many runs gave each. */
export interface FlipItem {
  /** Of the test file, from 0. */
  row: number;
  /** null: not at hand, or left out to keep the page small. */
  question: string | null;
  gold: string;
  human: [answer: string, runs: number][];
  tree: [answer: string, runs: number][];
  /** Which of the two is right in most of its runs. */
  right: "human" | "tree";
}
