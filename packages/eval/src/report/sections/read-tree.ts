import { join } from "node:path";
import {
  creationFiles,
  type Example,
  openLog,
  parseExample,
  recordingFiles,
  toAnswer,
} from "@seedling/core/internal";
import { z } from "zod";
import type { CreationRun } from "../../results/results.ts";
import { lookAt } from "../charts/looks.ts";
import type { TreeData, TreeExample, TreeNode } from "../page/page-data.ts";

const completionSchema = z.object({ key: z.string(), text: z.string() });
const lineageSchema = z.object({
  key: z.string(),
  parent: z.int().nonnegative().nullable(),
  depth: z.int().positive(),
});

/**
 * Reads the first nodes of a creation with their texts and completions. Lines that do not parse, and
 * those after them, are left out: a report shows what there is.
 * @param dir the results folder
 * @param most nodes
 */
export function readTree(dir: string, { path, manifest }: CreationRun, most: number): TreeData {
  const folder = join(dir, path);
  const journal = join(manifest.recording ?? folder, recordingFiles.journal);
  const parse = (value: unknown) => parseExample(value, "");
  const [root] = readFirst(join(folder, recordingFiles.example), parse, 1);
  const examples = readFirst(join(folder, creationFiles.created), parse, most);
  const lineages = readFirst(
    join(folder, creationFiles.lineage),
    (value) => lineageSchema.parse(value),
    examples.length,
  );
  const completions = findCompletions(journal, new Set(lineages.map(({ key }) => key)));
  const parents = lineages.map(({ parent }, i) => (parent !== null && parent < i ? parent : null));
  const { rootRow, positions } = layOutNodes(parents);
  const nameLabel = createLabelNamer(examples);
  const labels = [...new Set(examples.map(nameLabel))].sort();
  const replies: TreeData["replies"] = [];
  lineages.forEach(({ key, depth }, i) => {
    const example = examples[i] as Example;
    const parent = parents[i] ?? null;
    const label = labels.indexOf(nameLabel(example));
    const position = positions[i] as NodePosition;
    const node: TreeNode = { parent, depth, ...position, label, example: showExample(example) };
    const reply = replies.at(-1);
    if (reply && key === lineages[i - 1]?.key) reply.nodes.push(node);
    else replies.push({ completion: completions.get(key) ?? null, nodes: [node] });
  });
  return {
    path,
    root: root ? showExample(root) : null,
    rootRow,
    replies,
    labels: labels.map((name, i) => ({ name, ...lookAt(i) })),
    journal: manifest.recording ? `the recording ${manifest.recording}` : path,
  };
}

/** The first records of a JSONL file, up to the first that does not parse; none where there is no file. */
function readFirst<T>(path: string, parse: (value: unknown) => T, most: number): T[] {
  const records: T[] = [];
  for (const record of readRecords(path, parse)) {
    if (record === null || records.length === most) break;
    records.push(record);
  }
  return records;
}

/** The texts of completions by their keys. */
function findCompletions(journal: string, keys: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const record of readRecords(journal, (value) => completionSchema.parse(value))) {
    if (record && keys.has(record.key)) found.set(record.key, record.text);
    if (found.size === keys.size) break;
  }
  return found;
}

/** The records of a JSONL file; null for one that does not parse. */
function* readRecords<T>(path: string, parse: (value: unknown) => T): Generator<T | null> {
  const attempt = <R>(action: () => R): R | null => {
    try {
      return action();
    } catch {
      return null;
    }
  };
  const log = attempt(() => openLog(path, z.unknown(), { holds: "JSON", mode: "read" }));
  if (log === null) return;
  try {
    for (let i = 0; i < log.length; i++) yield attempt(() => parse(log.read(i)));
  } finally {
    log.close();
  }
}

/** Names a label by its text where all examples have the same options, else by its position. */
function createLabelNamer(examples: readonly Example[]): (example: Example) => string {
  const forms = new Set(examples.map(({ options }) => JSON.stringify(options.toSorted())));
  return forms.size <= 1 ? toAnswer : ({ label }) => `option ${label + 1}`;
}

function showExample(example: Example): TreeExample {
  const { question, context, options } = example;
  return { question, context, options, answer: toAnswer(example) };
}

/** Column and row in which a node is drawn; the root is in column 0. */
type NodePosition = Pick<TreeNode, "column" | "row">;

/**
 * Lays out nodes: leaves one below the other, a parent in the middle of its children.
 * @param parents of each node, before it in the list; null: the root
 */
export function layOutNodes(parents: readonly (number | null)[]): {
  rootRow: number;
  positions: NodePosition[];
} {
  const columns: number[] = [];
  const children = new Map<number | null, number[]>();
  for (const [i, parent] of parents.entries()) {
    columns.push(parent === null ? 1 : (columns[parent] ?? 0) + 1);
    children.set(parent, [...(children.get(parent) ?? []), i]);
  }
  const rows: number[] = [];
  let leaves = 0;
  const layOutBelow = (node: number | null): number => {
    const below = (children.get(node) ?? []).map(layOutBelow);
    const row = below.length === 0 ? leaves++ : ((below[0] ?? 0) + (below.at(-1) ?? 0)) / 2;
    if (node !== null) rows[node] = row;
    return row;
  };
  const rootRow = layOutBelow(null);
  return { rootRow, positions: columns.map((column, i) => ({ column, row: rows[i] as number })) };
}
