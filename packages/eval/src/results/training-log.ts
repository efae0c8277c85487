import { readFile, stat } from "node:fs/promises";
import { renderJson, toLines } from "@seedling/core/internal";
import { z } from "zod";

/** The largest log that is read, in bytes: a full tuning logs each step. */
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

/** A line with a dev accuracy: after an epoch, or for one penalty of a regularization path. */
export interface LogPoint extends Point {
  devAccuracy: number;
}

/** A training's log, as far as it is used. */
export interface TrainingLog {
  /** None where there is no log, a damaged one, or too large a one. */
  points: LogPoint[];
  /** Line and fault of a damaged one. */
  fault: string | null;
}

/** Reads a `training.jsonl`. Lines of single steps, by far the most, are not parsed. */
export async function readTrainingLog(path: string): Promise<TrainingLog> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  const points: LogPoint[] = [];
  if (size === 0 || size > mostBytes) return { points, fault: null };
  for (const { line, number } of toLines(await readFile(path, "utf8"))) {
    const isObject = line.startsWith("{") && line.endsWith("}");
    if (isObject && !line.includes('"devAccuracy"')) continue;
    const point = isObject ? parsePoint(line) : null;
    if (!point) {
      const fault = `training.jsonl:${number}: expected an object of a point or a step, got ${renderJson(line)}`;
      return { points: [], fault };
    }
    if (point.devAccuracy !== null) points.push({ ...point, devAccuracy: point.devAccuracy });
  }
  return { points, fault: null };
}

function parsePoint(line: string): Point | null {
  try {
    return pointSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
