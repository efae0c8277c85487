import { ExpectedError, FlagError } from "@seedling/core/internal";
import { parseTablesLine, renderTablesHelp } from "./run/tables-line.ts";
import { writeTables } from "./run/write-tables.ts";

try {
  const results = parseTablesLine(process.argv.slice(2), process.env);
  if (results === null) console.log(renderTablesHelp());
  else {
    const { told, failures } = await writeTables(results);
    for (const line of told) console.log(line);
    for (const { path, stage, error } of failures) console.log(`FAILED ${stage} ${path}: ${error}`);
    if (told.length === 0) console.log(`No evaluations yet in ${results}`);
  }
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
