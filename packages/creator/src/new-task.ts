import { ExpectedError, FlagError, toMessage } from "@seedling/core/internal";
import { makeTask } from "./new-task/make-task.ts";
import { openTerminal } from "./new-task/terminal.ts";

/** `npm run new-task -- FOLDER`: makes the folder of a task of one's own by asking. */
const terminal = openTerminal(process.stdin, process.stdout, () => {
  console.error("\ninterrupted; nothing was written");
  process.exit(130);
});
try {
  await makeTask(process.argv.slice(2), process.env, terminal);
  terminal.close();
} catch (error) {
  terminal.close();
  if (!(error instanceof ExpectedError)) throw error;
  console.error(toMessage(error));
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
