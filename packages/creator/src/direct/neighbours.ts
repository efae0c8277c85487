import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * All folders of answers of a results folder, that run's own among them: one task's test split is
 * another's cross-domain, and what the journal of one holds is not asked for another.
 * @param folder a run's
 */
export function listNeighbours(folder: string): string[] {
  const answers = dirname(dirname(dirname(folder)));
  return listFolders(answers).flatMap((task) => listFolders(join(task, "direct")));
}

function listFolders(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
