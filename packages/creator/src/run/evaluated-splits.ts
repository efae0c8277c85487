import {
  type Context,
  ExpectedError,
  hasSplit,
  loadSplit,
  type Run,
  toMessage,
} from "@seedling/core/internal";
import type { EvaluatedSplit as Compared } from "../filters/evaluated.ts";

/** A split that is evaluated on, with its file's hash. */
export interface EvaluatedSplit extends Compared {
  sha256: string;
}

/**
 * The dev and test splits of every task that a run is evaluated on, as far as they are at hand: what
 * created examples must not be too close to.
 * @param needed whether they are filtered by, and not only counted
 * @returns null where none is at hand, and, with a line that says why, if one cannot be loaded and is
 *   not needed
 * @throws ExpectedError if it is needed
 */
export async function loadEvaluatedSplits(
  { task: own, tests, data }: Run,
  ctx: Context,
  needed: boolean,
): Promise<EvaluatedSplit[] | null> {
  const evaluated = new Set([own, ...tests]);
  const splits: EvaluatedSplit[] = [];
  try {
    for (const task of evaluated)
      for (const split of ["dev", "test"] as const) {
        if (!(await hasSplit(task, split, data))) continue;
        const { examples, sha256 } = await loadSplit(task, split, data, ctx);
        splits.push({ task: task.name, split, examples, sha256 });
      }
  } catch (error) {
    if (!(error instanceof ExpectedError) || needed) throw error;
    ctx.log(`  contamination is not looked for: ${toMessage(error)}`);
    return null;
  }
  return splits.length > 0 ? splits : null;
}
