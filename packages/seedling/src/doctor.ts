import {
  type BackendName,
  backendNames,
  type CommandContext,
  checkout,
  command,
  FlagError,
  projectFolders,
} from "@seedling/core/internal";
import { Option } from "commander";
import { doctorChecks, type Facts } from "./doctor/checks.ts";
import { findNvidia } from "./doctor/cuda.ts";
import { runParity } from "./doctor/parity.ts";
import { probeBackend } from "./doctor/probe.ts";
import { makeChecks, renderRows, renderVerdict } from "./doctor/rows.ts";

export const doctor = command<{ gpu: boolean; backend?: BackendName }>({
  name: "doctor",
  about:
    "What this machine has of what runs can use, and the one command that mends what is absent. Exit code 1 if something is broken that a run needs.",
  define: (line) =>
    line
      .option("--gpu", "runs the trainer's parity tests on this machine's card instead", false)
      .addOption(
        new Option("--backend <name>", "what --gpu tests (default: tfjs-node-gpu)").choices(
          backendNames,
        ),
      ),
  async run({ gpu, backend }, ctx) {
    if (backend && !gpu)
      throw new FlagError("--backend names what --gpu tests; give both, or neither");
    if (gpu) {
      const { line, agrees } = await runParity(backend ?? "tfjs-node-gpu", ctx.env);
      ctx.log(line);
      return agrees ? 0 : 1;
    }
    const rows = await makeChecks(doctorChecks, await collectFacts(ctx));
    for (const line of renderRows(rows)) ctx.log(line);
    ctx.log(`\n${renderVerdict(rows)}`);
    return rows.some(({ state }) => state === "broken") ? 1 : 0;
  },
});

/** Loads every backend, each in a process of its own, one after another for the memory's sake. */
async function collectFacts({ env, fetch }: CommandContext): Promise<Facts> {
  const probes: Partial<Facts["probes"]> = {};
  for (const name of backendNames) probes[name] = await probeBackend(name, env);
  return {
    env,
    fetch,
    inCheckout: checkout !== null,
    node: process.versions.node,
    folders: projectFolders,
    probes: probes as Facts["probes"],
    nvidia: await findNvidia(env),
  };
}
