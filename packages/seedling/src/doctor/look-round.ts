import type { Env } from "@seedling/core/internal";
import { checkBackends, probeBackends } from "./check-backends.ts";
import { checkCuda, findNvidia } from "./check-cuda.ts";
import { checkFiles } from "./check-files.ts";
import { checkMachine } from "./check-machine.ts";
import { checkNetwork } from "./check-network.ts";
import type { Row } from "./row.ts";

/** Looks at everything that runs can use. @param seconds the longest wait for a server */
export async function lookRound(
  env: Env,
  fetch: typeof globalThis.fetch,
  seconds = 5,
): Promise<Row[]> {
  const probes = await probeBackends(env);
  return [
    ...checkMachine(process.versions.node),
    ...checkBackends(probes),
    checkCuda(await findNvidia(env), probes["tfjs-node-gpu"]),
    ...(await checkNetwork({ env, fetch, seconds })),
    ...checkFiles(env),
  ];
}
