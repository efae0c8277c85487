import { join } from "node:path";
import { createRandom, ExpectedError, readLog } from "@seedling/core/internal";
import { z } from "zod";

/** A person's answers to examples: the option's index; null: cannot tell. By the examples' lines, from 0. */
type AuditAnswers = ReadonlyMap<number, number | null>;

/**
 * Draws the order in which a person labels a creation's examples without a look at their labels: any beginning of it
 * is a random sample.
 * @param total examples that were created
 * @returns lines of `created.jsonl`, from 0
 */
export function drawBlindOrder(total: number, seed: number): number[] {
  const all = Array.from({ length: total }, (_, line) => line);
  return createRandom("audit", seed).shuffled(all);
}

/** Draws the order in which the options of an example are shown, so that a model's habit of place gives nothing away. */
export function drawOptionOrder(options: readonly string[], seed: number, line: number): string[] {
  return createRandom("audit options", seed, line).shuffled(options);
}

const auditSchema = z.union([
  // The hash is part of a file's name.
  z.object({ version: z.literal(1), created: z.hash("sha256") }),
  z.object({
    line: z.int().nonnegative(),
    answer: z.int().nonnegative().nullable(),
    at: z.string(),
  }),
]);

const holds = "the first line of an audit, version 1, or a line, its answer and a time";

/**
 * Reads the answers that earlier versions kept in `audit.jsonl`, or for a while under the hash of the created examples.
 * @param created SHA-256 of `created.jsonl`
 * @returns none where there is no such file, or it is about other created examples
 * @throws ExpectedError naming a damaged line
 */
export function readAuditAnswers(folder: string, created: string): AuditAnswers {
  for (const name of ["audit.jsonl", `audit-${created.slice(0, 8)}.jsonl`]) {
    const path = join(folder, name);
    const [head, ...lines] = readLog(path, auditSchema, holds);
    if (head === undefined) continue;
    if (!("created" in head))
      throw new ExpectedError(`${path}:1: expected the first line of an audit, version 1`);
    if (head.created !== created) continue;
    return new Map(lines.flatMap((one) => ("line" in one ? [[one.line, one.answer]] : [])));
  }
  return new Map();
}
