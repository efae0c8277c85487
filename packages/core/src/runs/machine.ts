import { availableParallelism, cpus, totalmem, type } from "node:os";
import { z } from "zod";
import project from "../../package.json" with { type: "json" };

/** What a stage ran on; it names no host. */
export const machineSchema = z.object({
  /** This project's version. */
  seedling: z.string(),
  node: z.string(),
  /** Such as "Linux x64". */
  system: z.string(),
  /** The processors' model, empty where the system does not say. */
  processor: z.string(),
  cores: z.number(),
  /** In GiB, one digit after the point. */
  memory: z.number(),
});

export type Machine = z.infer<typeof machineSchema>;

/** The machine that this process runs on. */
export function describeMachine(): Machine {
  return {
    seedling: project.version,
    node: process.versions.node,
    system: `${type()} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "",
    cores: availableParallelism(),
    memory: Number((totalmem() / 2 ** 30).toFixed(1)),
  };
}
