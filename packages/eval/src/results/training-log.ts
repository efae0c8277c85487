import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { renderValue } from "./render-value.ts";

/** Bytes of a log that are read: a full tuning logs each step. */
const mostBytes = 64 * 1024 * 1024;

const pointSchema = z.object({
  l2: z.number().positive().optional(),
  epoch: z.number().positive().optional(),
  learningRate: z.number().optional(),
  batchSize: z.number().optional(),
  trainLoss: z.number().nullish(),
  devLoss: z.number().nullish(),
  /** null: it diverged. */
  devAccuracy: z.number().nullable(),
});

type Point = z.infer<typeof pointSchema>;

/** A line with a dev accuracy: how a training stood after an epoch, or at a point of a path. */
export interface LogPoint extends Point {
  devAccuracy: number;
}

/** A training's log, as far as it is used. */
export interface ReadLog {
  /** None where there is no log, a damaged one, or too large a one. */
  points: LogPoint[];
  /** Line and fault of a damaged one. */
  fault: string | null;
}

/** Reads a `training.jsonl`. Lines of single steps, by far the most, are not parsed. */
export async function readLog(path: string): Promise<ReadLog> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size === 0 || size > mostBytes) return { points: [], fault: null };
  const log = await readFile(path);
  const points: LogPoint[] = [];
  let number = 0;
  for (let start = 0; start < log.length; ) {
    number += 1;
    const found = log.indexOf(10, start);
    const end = found < 0 ? log.length : found;
    const fault = readLine(log.subarray(start, end), points);
    if (fault) return { points: [], fault: `training.jsonl:${number}: ${fault}` };
    start = end + 1;
  }
  return { points, fault: null };
}

/** @returns what is wrong with the line */
function readLine(line: Buffer, points: LogPoint[]): string | null {
  const isWhole = line.at(0) === 123 && line.at(-1) === 125;
  if (isWhole && !line.includes('"devAccuracy"')) return null;
  const text = line.toString("utf8");
  const point = isWhole ? parsePoint(text) : null;
  if (!point) return `expected an object of a point or a step, got ${renderValue(text)}`;
  const { devAccuracy } = point;
  if (devAccuracy !== null) points.push({ ...point, devAccuracy });
  return null;
}

function parsePoint(text: string): Point | null {
  try {
    return pointSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
