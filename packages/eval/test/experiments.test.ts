import { openOpenaiServer, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  copySampleRows,
  listFiles,
  openServer,
  readArtefacts,
  runPipeline,
  runStage,
  smallEncoder,
} from "./run-stages.ts";

describe("an experiment of several grids", () => {
  it("goes over creations that its runs share once, and names its runs by what sets them apart", {
    timeout: 600_000,
  }, async () => {
    const server = await openOpenaiServer();
    onTestFinished(server.close);
    const results = tempFolder();
    const line = `--experiment figure5-small --data yesno_open/boolq --setting tree,human --examples 20 --data-dir ${copySampleRows(20)} --results ${results} --encoder ${smallEncoder}`;
    const env = { OPENAI_BASE_URL: server.url };
    const dry = await runStage("creator", `${line} --dry-run`, env);
    expect(dry.output).toContain("dry run of 20 runs");
    expect(dry.output).toContain(
      "shares the creation of yesno_open/boolq tree seed 1 --fraction 0.1",
    );
    expect(server.asked).toHaveLength(0);
    const { code, output } = await runPipeline(line, env);
    expect(output).not.toContain("failed");
    expect(code).toBe(0);
    for (const [fraction, n] of [
      [0.1, 2],
      [0.5, 10],
      [1, 20],
    ])
      expect(output).toContain(
        `yesno_open/boolq tree seed 1 --fraction ${fraction}: training on ${n} examples`,
      );
    expect(output).toContain("RiddleSense by the first 10, 20, ... 100 %");
    expect(listFiles(results).filter((path) => path.endsWith("created.jsonl"))).toHaveLength(1);
    const asked = server.asked.length;
    const again = await runPipeline(line, env);
    expect(again.output.match(/already trained/g)).toHaveLength(20);
    expect(server.asked).toHaveLength(asked);
  });

  it("lists runs that failed at the end, exits 1, and does only what is missing when run again", {
    timeout: 600_000,
  }, async () => {
    const results = tempFolder();
    const line = `--experiment figure5-small --data yesno_open/boolq --setting tree,human --examples 12 --fraction 1 --data-dir ${copySampleRows()} --results ${results} --encoder ${smallEncoder}`;
    const broken = await openOpenaiServer({ models: ["other"] });
    onTestFinished(broken.close);
    const first = await runPipeline(`${line} --model m`, { OPENAI_BASE_URL: broken.url });
    expect(first.code).toBe(1);
    expect(first.output).toMatch(
      /FAILED yesno_open\/boolq tree seed 1, creation: .*does not exist/,
    );
    expect(first.output).toContain("yesno_open/boolq human seed 1: training on 12 examples");
    const again = await runPipeline(`${line} --model m`, {
      OPENAI_BASE_URL: await openServer({ models: ["m"] }),
    });
    expect(again.code).toBe(0);
    expect(again.output).toContain("yesno_open/boolq human seed 1: already trained");
    expect(again.output).toContain("yesno_open/boolq tree seed 1: training on 12 examples");
    expect(again.output).not.toContain("FAILED");
  });
});

describe("--shard", () => {
  it("on machines one after the other leaves what one without it leaves, byte for byte; one has nothing to do", {
    timeout: 600_000,
  }, async () => {
    const [whole, shared] = [tempFolder(), tempFolder()];
    const line = `--data yesno_open/boolq --setting naive,human --examples 12 --data-dir ${copySampleRows()} --encoder ${smallEncoder}`;
    const env = { OPENAI_BASE_URL: await openServer() };
    expect((await runPipeline(`${line} --results ${whole}`, env)).code).toBe(0);
    const parts: string[] = [];
    for (const shard of ["1/3", "2/3", "3/3"]) {
      const ended = await runPipeline(`${line} --results ${shared} --shard ${shard}`, env);
      expect(ended.code).toBe(0);
      expect(ended.output.includes("Table 3")).toBe(shard !== "3/3");
      expect(ended.output).toContain("The tables as Markdown, CSV, LaTeX and JSON: ");
      parts.push(/part \d of 3: \d+ runs?/.exec(ended.output)?.[0] ?? "");
    }
    expect(parts).toEqual(["part 1 of 3: 1 run", "part 2 of 3: 1 run", "part 3 of 3: 0 runs"]);
    expect(readArtefacts(shared)).toEqual(readArtefacts(whole));
  });
});
