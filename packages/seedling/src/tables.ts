import { join, resolve } from "node:path";
import { command, FlagError, isFolder, repository } from "@seedling/core/internal";
import { writeTables } from "@seedling/eval/internal";

export const tables = command<{ results?: string }>({
  name: "tables",
  about:
    "Makes the tables (Markdown, CSV, LaTeX, JSON) and the report anew from everything in a results folder, as every experiment does at its end.",
  define: (line) => line.option("--results <dir>", "the results folder (default: results)"),
  async run({ results: given }, ctx) {
    const results = given ? resolve(ctx.folder, given) : join(repository, "results");
    if (given && !isFolder(results)) throw new FlagError(`--results: no folder ${results}`);
    const { told, failures } = await writeTables(results);
    for (const line of told) ctx.log(line);
    for (const { path, stage, error } of failures) ctx.log(`FAILED ${stage} ${path}: ${error}`);
    if (told.length === 0) ctx.log(`No evaluations yet in ${results}`);
    return 0;
  },
});
