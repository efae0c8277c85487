import { ExpectedError, parseLine, renderJson, toLines } from "@seedling/core/internal";
import { itemsFile, type TestItem } from "./evaluation-manifest.ts";
import type { ItemColumns } from "./results.ts";

/** Parses an `items.jsonl`. @throws ExpectedError naming the line, if one is no item */
export function parseItems(text: string): TestItem[] {
  const items: TestItem[] = [];
  for (const { line, number } of toLines(text)) {
    const where = `unreadable: ${itemsFile}:${number}`;
    const value = parseLine(line, where);
    const fault = findFault(value, items.length);
    if (fault)
      throw new ExpectedError(`${where}: expected ${fault[0]}, got ${renderJson(fault[1])}`);
    items.push(value as TestItem);
  }
  return items;
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

/**
 * What a value should be to be the item of a row, and what came; null: it is. Checked by hand, since a
 * schema takes most of the time that a folder of many runs takes.
 */
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
