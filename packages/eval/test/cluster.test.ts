import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repository } from "./run-stages.ts";

/** A folder whose `npx` prints where it was called and with what, and nothing else. */
function makeEcho(): string {
  const folder = tempFolder({ npx: '#!/bin/sh\necho "$PWD: $*"\n' });
  chmodSync(join(folder, "npx"), 0o755);
  return folder;
}

describe("cluster/kubernetes.yaml", () => {
  const job = parse(readFileSync(join(repository, "cluster/kubernetes.yaml"), "utf8"));
  const [container] = job.spec.template.spec.containers;
  const values: Record<string, string> = Object.fromEntries(
    container.env.flatMap(({ name, value }: { name: string; value?: string }) =>
      value === undefined ? [] : [[name, value]],
    ),
  );

  it("is an indexed job with a pod for each part, over a volume that all of them have", () => {
    expect(job).toMatchObject({ apiVersion: "batch/v1", kind: "Job" });
    const { completionMode, completions, parallelism, template } = job.spec;
    expect(completionMode).toBe("Indexed");
    expect([completions, parallelism]).toEqual([Number(values.SHARDS), Number(values.SHARDS)]);
    expect(template.spec.restartPolicy).toBe("Never");
    const [mount] = container.volumeMounts;
    expect(mount.mountPath).toBe(container.workingDir);
    expect(template.spec.volumes).toEqual([
      { name: mount.name, persistentVolumeClaim: { claimName: "seedling" } },
    ]);
  });

  it("holds no key, only the secret's name", () => {
    const key = container.env.find(({ name }: { name: string }) => name === "OPENAI_API_KEY");
    expect(key).toEqual({
      name: "OPENAI_API_KEY",
      valueFrom: { secretKeyRef: { name: "openai", key: "key", optional: true } },
    });
  });

  it.each([
    ["0", "1/8"],
    ["7", "8/8"],
  ])("in pod %s does part %s", (index, part) => {
    const echo = makeEcho();
    const [program, ...args] = container.command as [string, ...string[]];
    const env = { ...values, JOB_COMPLETION_INDEX: index, PATH: `${echo}:${process.env.PATH}` };
    const said = execFileSync(program, args, { cwd: echo, env, encoding: "utf8" });
    expect(said).toBe(
      `${echo}: turbo run experiment -- --experiment table3-small --shard ${part}\n`,
    );
  });
});

describe("cluster/slurm.sh", () => {
  const run = (array: Record<string, string>, ...args: string[]) => {
    const echo = makeEcho();
    const env = { SLURM_SUBMIT_DIR: repository, ...array, PATH: `${echo}:${process.env.PATH}` };
    const script = join(repository, "cluster/slurm.sh");
    return spawnSync(script, args, { cwd: echo, env, encoding: "utf8" });
  };

  it.each<[string, Record<string, string>, string]>([
    ["a whole array", { SLURM_ARRAY_TASK_COUNT: "8", SLURM_ARRAY_TASK_MAX: "8" }, "3/8"],
    [
      "some of its parts",
      { SLURM_ARRAY_TASK_COUNT: "1", SLURM_ARRAY_TASK_MAX: "3", SHARDS: "8" },
      "3/8",
    ],
  ])("of %s does its own, in the folder it was submitted from", (_, array, part) => {
    const { stdout, status } = run({ SLURM_ARRAY_TASK_ID: "3", ...array }, "--experiment", "x y");
    expect(stdout).toBe(
      `${repository}: turbo run experiment -- --experiment x y --shard ${part}\n`,
    );
    expect(status).toBe(0);
  });

  it.each<[string, Record<string, string>, string]>([
    ["no array", {}, "expected a job array: sbatch --array=1-8"],
    [
      "an array that does not say how many parts there are",
      { SLURM_ARRAY_TASK_ID: "3", SLURM_ARRAY_TASK_COUNT: "1", SLURM_ARRAY_TASK_MAX: "3" },
      "expected --array=1-N, or SHARDS=N for some of N parts",
    ],
  ])("refuses %s", (_, array, expected) => {
    const { stdout, stderr, status } = run(array);
    expect(stdout).toBe("");
    expect(stderr).toContain(expected);
    expect(status).not.toBe(0);
  });
});
