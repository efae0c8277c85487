import { join } from "node:path";
import {
  creationFiles,
  type Example,
  parseExample,
  parseLine,
  recordingFiles,
  toAnswer,
} from "@seedling/core/internal";
import { z } from "zod";
import type { CreationRun } from "../../results/results.ts";
import type { NodeText, TreeData, TreeNode } from "../page-data.ts";
import { readLines } from "../read-lines.ts";

/** Nodes of a creation that the page shows; all of them are in its files. */
export const mostNodes = 300;

/** Bytes of a creation's file that are read for them. */
const mostBytes = 32 * 1024 * 1024;

const completionSchema = z.object({ text: z.string() });

/** A line of `lineage.jsonl`, as far as it is read. */
const lineageSchema = z.object({
  key: z.string(),
  parent: z.int().nonnegative().nullable(),
  depth: z.int().positive(),
});

type Lineage = z.infer<typeof lineageSchema>;

/**
 * Reads the first nodes of a creation with their texts and completions. Lines that do not parse, and
 * those after them, are left out: a report shows what there is.
 */
export async function readCreation(
  dir: string,
  { path, manifest }: CreationRun,
): Promise<TreeData> {
  const folder = join(dir, path);
  const examples = await readFirst(join(folder, creationFiles.created), toExample, mostNodes);
  const lineages = await readFirst(join(folder, creationFiles.lineage), toLineage, examples.length);
  const [root] = await readFirst(join(folder, recordingFiles.example), toExample, 1);
  const journal = join(manifest.recording ?? folder, recordingFiles.journal);
  const asked = new Set(lineages.map(({ key }) => key));
  const found = await findCompletions(journal, asked);
  const keys = [...asked].filter((key) => found.has(key));
  const toLabel = toLabeller(examples);
  const labels = [...new Set(examples.map(toLabel))].sort();
  const nodes = lineages.map(({ key, parent, depth }, at): TreeNode => {
    const example = examples[at] as Example;
    const completion = keys.indexOf(key);
    return {
      parent: parent !== null && parent < at ? parent : null,
      depth,
      label: labels.indexOf(toLabel(example)),
      text: toText(example),
      completion: completion < 0 ? null : completion,
    };
  });
  return {
    root: root ? toText(root) : null,
    nodes,
    completions: keys.map((key) => found.get(key) ?? ""),
    labels,
    path,
    noCompletions: keys.length > 0 ? null : describeJournal(manifest.recording ?? null, path),
  };
}

/** Labels' texts where all examples have the same options; their places where each has its own. */
function toLabeller(examples: readonly Example[]): (example: Example) => string {
  const forms = new Set(examples.map(({ options }) => JSON.stringify(options.toSorted())));
  return forms.size <= 1 ? toAnswer : ({ label }) => `place ${label + 1}`;
}

function toText(example: Example): NodeText {
  const { question, context, options } = example;
  return { question, context, options, answer: toAnswer(example) };
}

/** Parses a file's first lines. */
async function readFirst<T>(
  path: string,
  parse: (line: string) => T | null,
  most: number,
): Promise<T[]> {
  const parsed: T[] = [];
  for await (const line of readLines(path, mostBytes)) {
    const value = parsed.length < most ? parse(line) : null;
    if (value === null) break;
    parsed.push(value);
  }
  return parsed;
}

function toExample(line: string): Example | null {
  return parseOrNull(line, (value) => parseExample(value, ""));
}

function toLineage(line: string): Lineage | null {
  return parseOrNull(line, (value) => lineageSchema.parse(value));
}

function parseOrNull<T>(line: string, parse: (value: unknown) => T): T | null {
  try {
    return parse(parseLine(line, ""));
  } catch {
    return null;
  }
}

/** The texts of completions by their keys. A line is parsed only if its key is wanted. */
async function findCompletions(journal: string, keys: ReadonlySet<string>) {
  const found = new Map<string, string>();
  for await (const line of readLines(journal, mostBytes)) {
    if (found.size === keys.size) break;
    const key = /^\{"key":"([^"]+)"/.exec(line)?.[1];
    if (!key || !keys.has(key) || found.has(key)) continue;
    const completion = parseOrNull(line, (value) => completionSchema.parse(value));
    if (completion) found.set(key, completion.text);
  }
  return found;
}

function describeJournal(recording: string | null, path: string): string {
  const place = recording === null ? path : `the recording ${recording}`;
  return `No completion was found in ${place}/${recordingFiles.journal}`;
}
