import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type BackendName,
  type Env,
  ExpectedError,
  exists,
  renderCount,
  repository,
} from "@seedling/core/internal";
import { z } from "zod";
import { type Probe, probeBackend } from "./probe.ts";

/** Counts in vitest's JSON report. */
const reportSchema = z.object({ numPassedTests: z.number(), numFailedTests: z.number() });

/** How tests ended. */
interface TestCounts {
  passed: number;
  failed: number;
  /** Whether vitest ended well: false also where what comes before the tests failed. */
  success: boolean;
}

/** The trainer's tests of encoders, losses and gradients against PyTorch's numbers. */
const parityTests = join(repository, "packages/trainer/test/parity.test.ts");

/**
 * Runs the parity tests on a backend, in vitest, whose own output the user sees.
 * @param tests the test file, two folders below a package
 * @returns one line, and whether the numbers agree
 * @throws ExpectedError if the backend does not load, or no test can run
 */
export async function runParity(
  name: BackendName,
  env: Env,
  tests = parityTests,
): Promise<{ line: string; agrees: boolean }> {
  const probe = await probeBackend(name, env);
  if (!probe.loads)
    throw new ExpectedError(`${name} does not load: ${probe.reason}. To mend it: ${probe.mend}`);
  if (!(await exists(tests))) throw new ExpectedError(`the parity tests are not there: ${tests}`);
  return toVerdict(probe, await runTests(name, env, tests));
}

async function runTests(name: BackendName, env: Env, tests: string): Promise<TestCounts> {
  const vitest = createRequire(import.meta.url).resolve("vitest/package.json");
  const report = join(await mkdtemp(join(tmpdir(), "seedling-parity-")), "report.json");
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`];
  const args = [join(dirname(vitest), "vitest.mjs"), "run", tests, ...reporters];
  const child = spawn(process.execPath, args, {
    cwd: dirname(dirname(tests)),
    env: { ...env, SEEDLING_TEST_BACKEND: name },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [status] = await once(child, "close");
  if (!(await exists(report)))
    throw new ExpectedError(
      `the parity tests on ${name} ended without a report (status ${status})`,
    );
  const { numPassedTests, numFailedTests } = reportSchema.parse(
    JSON.parse(await readFile(report, "utf8")),
  );
  return { passed: numPassedTests, failed: numFailedTests, success: status === 0 };
}

/** What the counts mean on what was found. */
export function toVerdict(
  { describe, device }: Extract<Probe, { loads: true }>,
  { passed, failed, success }: TestCounts,
): { line: string; agrees: boolean } {
  const all = passed + failed;
  if (all === 0 || (failed === 0 && !success))
    throw new ExpectedError(`${describe}: not all parity tests could run, so nothing is known`);
  if (failed > 0)
    return {
      line: `${describe}: does NOT agree with PyTorch's numbers: ${failed} of ${renderCount(all, "test")} failed (above)`,
      agrees: false,
    };
  const limit = device === "CPU" ? ". It runs on the CPU: this says nothing about a card" : "";
  return {
    line: `${describe}: agrees with PyTorch's numbers ${all === 1 ? "in the one test" : `in all ${all} tests`}${limit}`,
    agrees: true,
  };
}
