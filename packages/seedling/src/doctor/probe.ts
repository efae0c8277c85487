import { fileURLToPath } from "node:url";
import {
  type BackendName,
  type Env,
  findScript,
  openers,
  repository,
} from "@seedling/core/internal";
import { z } from "zod";
import { runCommand } from "./run-command.ts";

const probeSchema = z.discriminatedUnion("loads", [
  z.object({
    loads: z.literal(true),
    describe: z.string(),
    tensorflow: z.string().nullable(),
    device: z.enum(["CUDA", "WebGPU", "CPU"]),
  }),
  z.object({ loads: z.literal(false), reason: z.string(), mend: z.string() }),
]);

/** The result of loading a backend. */
export type Probe = z.infer<typeof probeSchema>;

/**
 * Loads a backend in a process of its own, which may crash, and has it multiply two matrices.
 * @param seconds how long it may take
 */
export async function probeBackend(name: BackendName, env: Env, seconds = 60): Promise<Probe> {
  const args = [fileURLToPath(findScript("probe-child", import.meta.url)), name];
  const signal = AbortSignal.timeout(seconds * 1000);
  const ended = await runCommand(process.execPath, args, { cwd: repository, env, signal });
  if (ended.status === 0)
    return probeSchema.parse(JSON.parse(ended.out.trim().split("\n").at(-1) ?? ""));
  const last = ended.err.trim().split("\n").at(-1);
  const end = signal.aborted
    ? `it did not load within ${seconds} s`
    : `its process ended with ${ended.status}`;
  return { loads: false, reason: last ? `${end}: ${last}` : end, mend: openers[name].mend };
}
