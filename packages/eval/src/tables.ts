import { ExpectedError, FlagError } from "@seedling/core";
import { parseTablesLine, renderTablesHelp } from "./tables/command-line.ts";
import { writeTables } from "./write-tables.ts";

try {
  const results = parseTablesLine(process.argv.slice(2), process.env);
  if (results === null) console.log(renderTablesHelp());
  else {
    const told = await writeTables(results);
    for (const line of told.length > 0 ? told : [`No evaluations yet in ${results}`])
      console.log(line);
  }
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
