import {
  type BackendName,
  backendNames,
  type Env,
  openers,
  type Probe,
  probeBackend,
} from "@seedling/core/internal";
import { absent, broken, fine, type Row } from "./row.ts";

/** What came of loading each backend. */
export type Probes = Record<BackendName, Probe>;

/** Loads every backend, each in a process of its own, one after another for the memory's sake. */
export async function probeBackends(env: Env): Promise<Probes> {
  const probes: Partial<Probes> = {};
  for (const name of backendNames) probes[name] = await probeBackend(name, env);
  return probes as Probes;
}

/** A row for each backend; the first that runs take says so. */
export function checkBackends(probes: Probes): Row[] {
  const taken = backendNames.find((name) => probes[name].loads && !openers[name].onlyForced);
  return backendNames.map((name) => {
    const probe = probes[name];
    const what = `backend ${name}`;
    if (!probe.loads) {
      const row = name === "wasm" ? broken : absent;
      return row(what, probe.reason, probe.mend);
    }
    const use = openers[name].onlyForced ? `; taken by --backend ${name}` : "";
    return fine(what, `${probe.describe}${name === taken ? "; runs take this one" : use}`);
  });
}
