import { type ExecFileException, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  type BackendName,
  type Env,
  ExpectedError,
  findScript,
  openers,
  repository,
} from "@seedling/core/internal";
import { z } from "zod";

const probeSchema = z.discriminatedUnion("loads", [
  z.object({
    loads: z.literal(true),
    describe: z.string(),
    tensorflow: z.string().nullable(),
    device: z.enum(["CUDA", "WebGPU", "CPU"]),
  }),
  z.object({ loads: z.literal(false), reason: z.string(), mend: z.string() }),
]);

export type Probe = z.infer<typeof probeSchema>;

/**
 * Loads a backend in a process of its own, which may crash, and has it multiply two matrices.
 * @param seconds how long it may take
 */
export async function probeBackend(name: BackendName, env: Env, seconds = 60): Promise<Probe> {
  const args = [fileURLToPath(findScript("probe-child", import.meta.url)), name];
  const options = { cwd: repository, env, timeout: seconds * 1000 };
  const ended = await promisify(execFile)(process.execPath, args, options).catch(
    (error: ExecFileException) => error,
  );
  const { stdout = "", stderr = "" } = ended;
  if (!("code" in ended))
    return probeSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  const last = stderr.trim().split("\n").at(-1);
  const end = ended.killed
    ? `it did not load within ${seconds} s`
    : `its process ended with ${ended.signal ?? ended.code}`;
  return { loads: false, reason: last ? `${end}: ${last}` : end, mend: openers[name].mend };
}

/** What GPU libraries of TensorFlow 2 were built with, from its table of tested build configurations. */
const wanted: [minors: number[], versions: string][] = [
  [[9, 10, 11], "CUDA 11.2 and cuDNN 8.1"],
  [[12, 13], "CUDA 11.8 and cuDNN 8.6"],
  [[14], "CUDA 11.8 and cuDNN 8.7"],
  [[15], "CUDA 12.2 and cuDNN 8.9"],
  [[16, 17], "CUDA 12.3 and cuDNN 8.9"],
  [[18, 19], "CUDA 12.5 and cuDNN 9.3"],
];

/** The TensorFlow that tfjs-node-gpu's own installer brings. */
const stockTensorflow = "2.9.1";

export type Nvidia = ReturnType<typeof parseNvidia>;

/** Asks the driver, and the loader's list of libraries. */
export async function findNvidia(env: Env): Promise<Nvidia> {
  const run = (command: string, ...args: string[]) =>
    promisify(execFile)(command, args, { env, timeout: 15_000 }).then(
      ({ stdout }) => stdout,
      () => "",
    );
  const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
  return parseNvidia(
    await run("nvidia-smi", ...query),
    await run("nvidia-smi"),
    await run("ldconfig", "-p"),
  );
}

/** @param cards nvidia-smi's answer to a query @param report its report @param libraries what ldconfig lists */
export function parseNvidia(cards: string, report: string, libraries: string) {
  const found = libraries.matchAll(/libcudart\.so\.([\d.]+)/g);
  return {
    /** The first card's name and memory and the driver's version, or null without a driver. */
    card: cards.trim().split("\n")[0] || null,
    /** The newest CUDA that the driver can run. */
    driverCuda: report.match(/CUDA Version:\s*([\d.]+)/)?.[1] ?? null,
    /** CUDA libraries that the system's loader finds, such as "11.0" and "12". */
    libraries: [...new Set(Array.from(found, ([, version = ""]) => version))].sort(),
  };
}

/** Compares the CUDA that is found with the one that TensorFlow wants. @param probe what came of loading tfjs-node-gpu */
export function checkCuda({ card, driverCuda, libraries }: Nvidia, probe: Probe) {
  const tensorflow = (probe.loads && probe.tensorflow) || stockTensorflow;
  const [major, minor = 0] = tensorflow.split(".").map(Number);
  const versions = major === 2 && wanted.find(([minors]) => minors.includes(minor))?.[1];
  const want = versions
    ? `TensorFlow ${tensorflow} wants ${versions}`
    : `which CUDA TensorFlow ${tensorflow} wants is not known here`;
  if (card === null)
    return {
      fault: `no NVIDIA card with a driver; ${want}`,
      mend: "sudo apt-get install nvidia-driver (as Debian names it; it needs a card)",
    };
  const runtime = libraries.join(", ") || "none";
  const found = `${card}; driver for CUDA up to ${driverCuda ?? "?"}, CUDA libraries found: ${runtime}; ${want}`;
  if (probe.loads && probe.device === "CUDA") return found;
  const unused = probe.loads
    ? "TensorFlow runs on the CPU all the same"
    : "tfjs-node-gpu does not load";
  return { fault: `${found}; ${unused}` };
}

/** The trainer's tests of encoders, losses and gradients against PyTorch's numbers. */
const parityTests = join(repository, "packages/trainer/test/parity.test.ts");

/**
 * Runs the parity tests on a backend, in vitest, whose own output the user sees.
 * @param tests the test file, two folders below a package
 * @returns one line, and whether all tests agree; skipped ones show nothing
 * @throws ExpectedError if the backend does not load, or there are no tests
 */
export async function runParity(name: BackendName, env: Env, tests = parityTests) {
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
