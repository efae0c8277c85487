import { createHash } from "node:crypto";
import {
  createRandom,
  decodeUtf8,
  type Example,
  ExpectedError,
  linesInside,
  openInside,
  parseExample,
  parseLine,
  tryFile,
} from "@seedling/core/internal";

/** An example to label. */
export interface Item {
  /** Its line in `created.jsonl`, from 0. */
  line: number;
  example: Example;
  /** The options' indices in the order in which they are shown. */
  order: number[];
}

/** Examples of a creation, drawn without a look at their labels. */
export interface BlindSample {
  /** In the order of asking; a larger sample begins with a smaller one of the same seed. */
  items: Item[];
  /** Examples that were created. */
  total: number;
  /** SHA-256 of the created lines, the file's own. */
  hash: string;
}

/**
 * Draws examples of a `created.jsonl`. The same options in every example are shown in one order
 * throughout, others in an order of their own.
 * @throws ExpectedError if it cannot be read or holds none
 */
export function readBlindSample(path: string, size: number, seed: number): BlindSample {
  const hash = createHash("sha256");
  let total = 0;
  for (const { text } of readFileLines(path)) {
    hash.update(`${text}\n`);
    total += 1;
  }
  if (total === 0) throw new ExpectedError(`${path}: expected created examples, none was kept`);
  const all = Array.from({ length: total }, (_, line) => line);
  const lines = createRandom("audit", seed).shuffled(all).slice(0, size);
  const examples = readExamplesAt(path, new Set(lines));
  const fixed = hasFixedOptions([...examples.values()]);
  const items = lines.map((line) => {
    const example = examples.get(line) as Example;
    const random = createRandom("audit options", seed, fixed ? "all" : line);
    return { line, example, order: random.shuffled(example.options.map((_, i) => i)) };
  });
  return { items, total, hash: hash.digest("hex") };
}

/** Examples by their line, from 0. */
export function readExamplesAt(path: string, lines: ReadonlySet<number>): Map<number, Example> {
  const found = new Map<number, Example>();
  for (const { text, number } of readFileLines(path)) {
    if (!lines.has(number - 1)) continue;
    const where = `${path}:${number}`;
    found.set(number - 1, parseExample(parseLine(text, where), where));
  }
  return found;
}

/** Whether all examples have the same options, in the same order. */
export function hasFixedOptions(examples: readonly Example[]): boolean {
  const forms = examples.map(({ options }) => JSON.stringify(options));
  return new Set(forms).size === 1;
}

/** Reads a file's lines, numbered from 1; a last one without a line feed was cut while being written. */
function* readFileLines(path: string) {
  const open = () => tryFile("read", path, () => openInside(path));
  for (const { bytes, number, whole } of linesInside(path, undefined, open))
    if (whole) yield { text: decodeUtf8(bytes, path, number), number };
}
