import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { part, tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { readArtefacts, repository, runPipeline } from "./run-stages.ts";

it.skipIf(part("slurm") === null)(
  "a Slurm array of two leaves what one run without it leaves, byte for byte",
  { timeout: 600_000 },
  async () => {
    const [whole, shared] = [tempFolder(), tempFolder()];
    const line = "--data boolq --sample --setting tree,naive,human";
    const { OPENAI_API_KEY, OPENAI_BASE_URL, SEEDLING_DATA, ...env } = process.env;
    const logs = `--output=${join(shared, "part-%a.log")}`;
    const { status, stderr } = spawnSync(
      "sbatch",
      [
        ...["--wait", "--array=1-2", logs, "cluster/slurm.sh"],
        ...`${line} --results ${shared}/results`.split(" "),
      ],
      { cwd: repository, env, encoding: "utf8" },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect((await runPipeline(`${line} --results ${whole}/results`, {})).code).toBe(0);
    expect(readArtefacts(join(shared, "results"))).toEqual(readArtefacts(join(whole, "results")));
  },
);
