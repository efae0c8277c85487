import { join } from "node:path";
import { createInterface } from "node:readline";
import { creationFiles, ExpectedError, FlagError, repository } from "@seedling/core/internal";
import { openAuditFile } from "./audit/audit-file.ts";
import { readBlindSample, readExamplesAt } from "./audit/blind-sample.ts";
import { parseAuditLine, renderAuditHelp } from "./audit/command-line.ts";
import { findCreation } from "./audit/find-creation.ts";
import { renderLabelAccuracy, toLabelAccuracy } from "./audit/label-accuracy.ts";
import { labelItems, type Person } from "./audit/label-items.ts";

try {
  const request = parseAuditLine(process.argv.slice(2));
  if (request === null) console.log(renderAuditHelp());
  else await audit(request.run, request.sample, request.seed);
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}

async function audit(run: string, size: number, seed: number): Promise<void> {
  const { INIT_CWD = process.cwd() } = process.env;
  const results = join(repository, "results");
  const folder = findCreation(run, [INIT_CWD, repository, join(results, "creations"), results]);
  const path = join(folder, creationFiles.created);
  const { items, total, hash } = readBlindSample(path, size, seed);
  const file = openAuditFile(folder, hash, () => new Date().toISOString(), console.log);
  const before = items.filter(({ line }) => file.answers.has(line)).length;
  console.log(`${folder}: ${total} created examples, ${items.length} to label, ${before} labelled`);
  const { person, close } = openTerminal();
  await labelItems(items, file, person);
  close();
  const examples = readExamplesAt(path, new Set(file.answers.keys()));
  console.log(renderLabelAccuracy(toLabelAccuracy(examples, file.answers), total, folder));
  if (file.answers.size > 0) console.log(`Answers: ${file.path}`);
}

/** A person at this process's terminal, or a pipe in their place. */
function openTerminal(): { person: Person; close: () => void } {
  const { stdin: input, stdout: output } = process;
  const lines = createInterface({ input, output, terminal: input.isTTY && output.isTTY });
  const said = lines[Symbol.asyncIterator]();
  return {
    person: {
      say: console.log,
      async ask(prompt) {
        lines.setPrompt(prompt);
        lines.prompt();
        const { value, done } = await said.next();
        return done ? null : value;
      },
    },
    close: () => lines.close(),
  };
}
