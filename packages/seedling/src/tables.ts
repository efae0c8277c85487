import { command, followLinksOption, openResults, resultsOption } from "@seedling/core/internal";
import { writeTables } from "@seedling/eval/internal";

export const tables = command<{ results?: string; followLinks?: boolean }>({
  name: "tables",
  about:
    "Makes the tables (Markdown, CSV, LaTeX, JSON) and the report anew from everything in a results folder, as every experiment does at its end.",
  define: (line) => line.option(...resultsOption).option(...followLinksOption),
  async run(options, ctx) {
    const results = openResults(options, ctx.folder);
    const { results: read, printed, files } = await writeTables(results);
    if (printed === null) ctx.log(`No evaluations yet in ${results}`);
    else for (const line of [`\n${printed}`, ...files]) ctx.log(line);
    for (const { path, stage, error } of read.failures)
      ctx.log(`FAILED ${stage} ${path}: ${error}`);
    return 0;
  },
});
