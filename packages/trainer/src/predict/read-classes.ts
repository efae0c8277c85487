import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError, exists, toMessage } from "@seedling/core";
import { z } from "zod";

const factsSchema = z.object({ classes: z.array(z.string()).nullable() });

/**
 * Reads a saved classifier's class names, in its order; null: its options vary.
 * @throws ExpectedError if the folder holds no classifier
 */
export async function readClasses(dir: string): Promise<string[] | null> {
  const own = join(dir, "classifier.json");
  const path = (await exists(own)) ? own : join(dir, "config.json");
  try {
    return factsSchema.parse(JSON.parse(await readFile(path, "utf8"))).classes;
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : toMessage(cause);
    throw new ExpectedError(`${path}: expected a classifier's: ${reason}`, { cause });
  }
}
