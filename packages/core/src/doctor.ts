import { parseDoctorLine, renderDoctorHelp } from "./doctor/doctor-line.ts";
import { lookRound } from "./doctor/look-round.ts";
import { renderRows, renderVerdict } from "./doctor/render-rows.ts";
import { runParity } from "./doctor/run-parity.ts";
import { ExpectedError, FlagError } from "./messages/errors.ts";
import { redact } from "./messages/redact.ts";
import { endWithReader } from "./stage/end-with-reader.ts";
import { openNetwork } from "./stage/network.ts";

/** `npm run doctor`: what this machine has, and what mends what it lacks. */
endWithReader(process);
try {
  const request = parseDoctorLine(process.argv.slice(2));
  if (request === null) console.log(renderDoctorHelp());
  else if (request.gpu) await testCard(request.backend);
  else await look();
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(redact(error.message, process.env));
  process.exitCode = error instanceof FlagError ? 2 : 1;
}

async function look(): Promise<void> {
  openNetwork(60);
  const rows = await lookRound(process.env, fetch);
  for (const line of renderRows(rows)) console.log(redact(line, process.env));
  console.log(`\n${renderVerdict(rows)}`);
  if (rows.some(({ state }) => state === "broken")) process.exitCode = 1;
}

async function testCard(backend: Parameters<typeof runParity>[0]): Promise<void> {
  const { line, agrees } = await runParity(backend, process.env);
  console.log(line);
  if (!agrees) process.exitCode = 1;
}
