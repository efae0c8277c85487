import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type BackendName, type Env, ExpectedError, repository } from "@seedling/core/internal";
import { probeBackend } from "./probe.ts";

/** The trainer's tests of encoders, losses and gradients against PyTorch's numbers. */
const parityTests = join(repository, "packages/trainer/test/parity.test.ts");

/**
 * Runs the parity tests on a backend, in vitest, whose own output the user sees.
 * @param tests the test file, two folders below a package
 * @returns one line, and whether all tests agree; skipped ones show nothing
 * @throws ExpectedError if the backend does not load, or there are no tests
 */
export async function runParity(
  name: BackendName,
  env: Env,
  tests = parityTests,
): Promise<{ line: string; agrees: boolean }> {
  const probe = await probeBackend(name, env);
  if (!probe.loads)
    throw new ExpectedError(`${name} does not load: ${probe.reason}. To mend it: ${probe.mend}`);
  if (!existsSync(tests)) throw new ExpectedError(`the parity tests are not there: ${tests}`);
  const vitest = createRequire(import.meta.url).resolve("vitest/package.json");
  const folder = await mkdtemp(join(tmpdir(), "seedling-parity-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`];
  const args = [join(dirname(vitest), "vitest.mjs"), "run", tests, ...reporters];
  const child = spawn(process.execPath, args, {
    cwd: dirname(dirname(tests)),
    env: { ...env, SEEDLING_TEST_BACKEND: name },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [status] = await once(child, "close");
  const { numPassedTests = 0 } = JSON.parse(await readFile(report, "utf8").catch(() => "{}"));
  await rm(folder, { recursive: true });
  const agrees = status === 0 && numPassedTests > 0;
  const found = agrees
    ? "agrees with PyTorch's numbers"
    : "does NOT agree with PyTorch's numbers, or could not be tested (above)";
  const onCpu = agrees && probe.device === "CPU";
  const limit = onCpu ? ". It runs on the CPU: this says nothing about a card" : "";
  return { line: `${probe.describe}: ${found}${limit}`, agrees };
}
