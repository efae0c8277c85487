import { readFile } from "node:fs/promises";
import { ExpectedError, parseLine, toLines } from "@seedling/core";
import type { Item } from "../evaluation.ts";
import type { ItemColumns } from "./results.ts";

/** Reads an `items.jsonl`. @throws ExpectedError naming the line, if one is no item */
export async function readItems(path: string): Promise<ItemColumns> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new ExpectedError("items.jsonl: expected it beside the manifest, it is not there");
  });
  return toColumns(text);
}

/** The text of an `items.jsonl` -> columns. @throws ExpectedError naming the line */
export function toColumns(text: string): ItemColumns {
  const items: Item[] = [];
  for (const { line, number } of toLines(text))
    items.push(toItem(parseLine(line, `items.jsonl:${number}`), items.length, number));
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

/** Checked by hand: a schema would take most of the time that a folder of many runs takes. */
function toItem(value: unknown, row: number, number: number): Item {
  const item = value as Item | null;
  const fault =
    typeof item !== "object" || item === null
      ? "an object"
      : item.row !== row
        ? `row ${row}`
        : typeof item.gold !== "string" || typeof item.predicted !== "string"
          ? "texts as gold and predicted"
          : item.right !== (item.gold === item.predicted)
            ? "right where gold and predicted are the same, only there"
            : !Array.isArray(item.probabilities) || !item.probabilities.every(isShare)
              ? "probabilities in [0, 1]"
              : item.shares !== undefined && !Array.isArray(item.shares)
                ? "a list as shares"
                : null;
  if (fault) throw new ExpectedError(`items.jsonl:${number}: expected ${fault}`);
  return item as Item;
}

function isShare(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1.000001;
}
