import { readFile } from "node:fs/promises";
import { ExpectedError, parseLine, sha256, toLines } from "@seedling/core/internal";
import type { TestItem } from "./evaluation.ts";
import { renderValue } from "./render-value.ts";
import type { ItemColumns } from "./results.ts";

/** The lines of an `items.jsonl`, and the hash of its bytes. */
export interface ReadItems {
  items: TestItem[];
  hash: string;
}

/** Reads an `items.jsonl`. @throws ExpectedError naming the line, if one is no item */
export async function readItems(path: string): Promise<ReadItems> {
  const bytes = await readFile(path).catch(() => {
    throw new ExpectedError("items.jsonl: expected it beside the manifest, it is not there");
  });
  const items: TestItem[] = [];
  for (const { line, number } of toLines(bytes.toString("utf8")))
    items.push(toItem(parseLine(line, `items.jsonl:${number}`), items.length, number));
  return { items, hash: sha256(bytes) };
}

/** Items -> columns. */
export function createItemColumns(items: readonly TestItem[]): ItemColumns {
  const column = (mark: "dev" | "train") =>
    Uint8Array.from(items, ({ shares }) => (shares?.includes(mark) ? 1 : 0));
  return {
    gold: items.map(({ gold }) => gold),
    predicted: items.map(({ predicted }) => predicted),
    right: Uint8Array.from(items, ({ right }) => (right ? 1 : 0)),
    confidence: Float64Array.from(items, ({ probabilities }) =>
      probabilities.length > 0 ? Math.max(...probabilities) : Number.NaN,
    ),
    inDev: column("dev"),
    inTrain: column("train"),
  };
}

/** @throws ExpectedError saying what was expected, and what came */
function toItem(value: unknown, row: number, number: number): TestItem {
  const fault = findFault(value, row);
  if (!fault) return value as TestItem;
  const [expected, came] = fault;
  throw new ExpectedError(`items.jsonl:${number}: expected ${expected}, got ${renderValue(came)}`);
}

/** Checked by hand: a schema would take most of the time that a folder of many runs takes. */
function findFault(value: unknown, row: number): [expected: string, came: unknown] | null {
  const item = value as TestItem | null;
  if (typeof item !== "object" || item === null) return ["an object", value];
  const { gold, predicted, right, probabilities, shares } = item;
  if (item.row !== row) return [`row ${row}`, item.row];
  if (typeof gold !== "string" || typeof predicted !== "string")
    return ["texts as gold and predicted", { gold, predicted }];
  if (right !== (gold === predicted))
    return ["right where gold and predicted are the same, only there", { right, gold, predicted }];
  if (!Array.isArray(probabilities) || !probabilities.every(isShare))
    return ["probabilities in [0, 1]", probabilities];
  if (shares !== undefined && !Array.isArray(shares)) return ["a list as shares", shares];
  return null;
}

function isShare(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1.000001;
}
