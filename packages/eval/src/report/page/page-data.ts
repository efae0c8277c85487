// What Node writes into the page for its script: texts of a model or a user, whatever they hold.

/** A creation as a tree whose root is the formatting example. */
export interface TreeData {
  /** Its folder, relative to results. */
  path: string;
  root: TreeExample | null;
  /** The root's row. */
  rootRow: number;
  /** In the order of keeping, each with the examples read from it; null: the completion is not in the journal. */
  replies: { completion: string | null; nodes: TreeNode[] }[];
  /** Names of labels with their looks. */
  labels: { name: string; color: string; shape: string }[];
  /** Where completions were looked for. */
  journal: string;
}

/** A kept example. Its index over all replies is its line in created.jsonl, from 0. */
export interface TreeNode {
  /** Index of the node that its request showed; null: the formatting example. */
  parent: number | null;
  /** As its lineage has it: requests between the formatting example and this one. */
  depth: number;
  /** Where it is drawn, in columns and rows; the root is in column 0. */
  column: number;
  row: number;
  /** Index into `labels`. */
  label: number;
  example: TreeExample;
}

/** An example's texts. */
export interface TreeExample {
  question: string;
  context: string | null;
  options: string[];
  answer: string;
}

/** A test item that one kind of classifiers gets right and the other does not. */
export interface Disagreement {
  /** Row of the test file, from 0. */
  row: number;
  /** null: the test file is gone or has changed. */
  question: string | null;
  gold: string;
  /** Answers with how many runs gave each, the most frequent first. */
  human: [answer: string, runs: number][];
  tree: [answer: string, runs: number][];
  /** Which of the two is right in most of its runs. */
  right: "human" | "tree";
}
