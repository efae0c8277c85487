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
import { type DoctorCheck, doctorChecks, type Facts } from "./doctor/checks.ts";
import { findNvidia, probeBackend, runParity } from "./doctor/probe.ts";

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
  const probes = {} as Facts["probes"];
  for (const name of backendNames) probes[name] = await probeBackend(name, env);
  return {
    env,
    fetch,
    inCheckout: checkout !== null,
    node: process.versions.node,
    folders: projectFolders,
    probes,
    nvidia: await findNvidia(env),
  };
}

export interface DoctorRow {
  what: string;
  /** absent: a run can do without it. broken: a run needs it. */
  state: "ok" | "absent" | "broken";
  found: string;
  /** What mends it; null where nothing needs mending. */
  mend: string | null;
}

export async function makeChecks(checks: readonly DoctorCheck[], facts: Facts) {
  const rows = checks.map(async ({ what, needed, check, mend }): Promise<DoctorRow[]> => {
    const finding = await check(facts);
    if (finding === null) return [];
    if (typeof finding === "string") return [{ what, state: "ok", found: finding, mend: null }];
    const state = needed ? "broken" : "absent";
    return [{ what, state, found: finding.fault, mend: finding.mend ?? mend ?? null }];
  });
  return (await Promise.all(rows)).flat();
}

/** Rows as lines of a table; what mends a row stands below it. */
export function renderRows(rows: readonly DoctorRow[]): string[] {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const margin = " ".repeat("broken  ".length + width + 2);
  return rows.flatMap(({ what, state, found, mend }) => [
    `${state.padEnd("broken".length)}  ${what.padEnd(width)}  ${found}`,
    ...(mend === null ? [] : [`${margin}to mend it: ${mend}`]),
  ]);
}

export function renderVerdict(rows: readonly DoctorRow[]): string {
  const list = (state: DoctorRow["state"]) =>
    rows.filter((row) => row.state === state).map(({ what }) => what);
  const broken = list("broken");
  if (broken.length > 0) return `A run needs ${broken.join(", ")}: mend that first.`;
  const absent = list("absent").length;
  return absent === 0
    ? "Everything is here."
    : `What a run needs is here; ${absent} of ${rows.length} are absent, which runs can do without.`;
}
