import {
  ExpectedError,
  lookUp,
  parseAs,
  renderJson,
  textLinesInside,
} from "@seedling/core/internal";
import { z } from "zod";

/** The largest log that is read, in bytes: a full tuning logs each step. */
const mostBytes = 64 * 1024 * 1024;

const pointSchema = z.object({
  l2: z.number().positive().optional(),
  /** Of a trial with the labels' names. */
  names: z.number().optional(),
  epoch: z.number().positive().optional(),
  learningRate: z.number().optional(),
  batchSize: z.number().optional(),
  trainLoss: z.number().nullish(),
  devLoss: z.number().nullish(),
  /** null: it diverged. */
  devAccuracy: z.number().nullable(),
});

/** A line with a dev accuracy: after an epoch, or for one penalty of a regularization path. */
export type LogPoint = z.infer<typeof pointSchema> & { devAccuracy: number };

/**
 * Reads the points of a `training.jsonl`: none where there is no log, or too large a one. Lines of single
 * steps, by far the most, are not parsed.
 * @throws ExpectedError with line and fault of a damaged one
 */
export async function readTrainingLog(path: string): Promise<LogPoint[]> {
  const stats = lookUp(path);
  if (!stats || stats.size > mostBytes) return [];
  const points: LogPoint[] = [];
  for (const { line, number } of textLinesInside(path)) {
    const isObject = line.startsWith("{") && line.endsWith("}");
    if (isObject && !line.includes('"devAccuracy"')) continue;
    const point = isObject ? parseAs(line, pointSchema) : null;
    if (!point)
      throw new ExpectedError(
        `unreadable: training.jsonl:${number}: expected an object of a point or a step, got ${renderJson(line)}`,
      );
    if (point.devAccuracy !== null) points.push({ ...point, devAccuracy: point.devAccuracy });
  }
  return points;
}
