import { type ExecFileException, execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  type BackendName,
  type Env,
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
