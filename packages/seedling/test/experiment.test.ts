import { readFileSync } from "node:fs";
import { findEntry, runProgram, startScript, tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { externalFolder } from "../../core/test/external-folder.ts";
import {
  copySampleRows,
  listFiles,
  openServer,
  readArtefacts,
  runPipeline,
  smallEncoder,
  startStage,
} from "../../eval/test/run-stages.ts";
import { experiment } from "../src/experiment.ts";

const encoders = `--encoder ${smallEncoder} --similarity-encoder ${smallEncoder}`;
const boolq = () =>
  `--data yesno_open/boolq --data-dir ${copySampleRows()} --examples 12 ${encoders}`;

it("takes the bundled sample without key and server, and leaves what three processes leave, byte for byte", async () => {
  const [three, one] = [tempFolder(), tempFolder()];
  const args = `--data boolq --setting human,tree --encoder ${smallEncoder} --results`;
  const turbo = await runPipeline(`${args} ${three}`, {}, startStage);
  const { code, out, err } = await runProgram(experiment, `${args} ${one}`);
  expect(turbo.output + out).not.toContain("failed");
  expect([turbo.code, code, err]).toEqual([0, 0, ""]);
  const artefacts = readArtefacts(one);
  expect(artefacts).toEqual(readArtefacts(three));
  for (const name of ["table3.md", "table4.md", "table3.csv", "table4.csv"]) {
    expect(artefacts[`/tables/${name}`]).toMatch(/sample/i);
    for (const source of ["human", "tree"]) expect(artefacts[`/tables/${name}`]).toContain(source);
  }
  for (const output of [turbo.output, out])
    expect(output).toContain("contains SAMPLE rows: bundled sample data, not the benchmark");
});

it("creates by feedback, and stops when flat, with the trainer's classifier, the same in a process of its own", async () => {
  const [three, one] = [tempFolder(), tempFolder()];
  const more = "--setting feedback --examples 200 --chunk 15 --stop-when-flat";
  const args = `${boolq()} ${more} --results`;
  const env = { OPENAI_BASE_URL: await openServer() };
  const alone = await startStage("creator", `${args} ${three}`, env);
  const { code, out, err } = await runProgram(experiment, `${args} ${one}`, { env, fetch });
  expect([alone.code, code, err]).toEqual([0, 0, ""]);
  const created = (results: string) =>
    Object.entries(readArtefacts(results)).filter(([path]) => /created|lineage/.test(path));
  expect(created(one)).toHaveLength(2);
  expect(created(one)).toEqual(created(three));
  expect(out).toMatch(
    /; --stop-when-flat ended at \d+ of 200, which saved about \d+ requests and /,
  );
  expect(out).toMatch(/yesno_open\/boolq feedback seed 1: training on \d+ examples/);
  const again = await runProgram(experiment, `${args} ${one}`, { env, fetch });
  expect(again.out).toContain("already created");
});

it("goes on with other runs where one fails, whose later stages are passed over, and exits 1", async () => {
  const results = tempFolder();
  const args = `${boolq().replace("boolq ", "boolq,piqa ")} --setting tree --results ${results}`;
  const env = { OPENAI_BASE_URL: await openServer() };
  const { code, out, err } = await runProgram(experiment, args, { env, fetch });
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(out.match(/^failed: .*/gm)).toEqual([
    expect.stringContaining("failed: mcqa_2/piqa tree seed 1: expected the train split"),
  ]);
  expect(out).toContain("yesno_open/boolq tree seed 1 on yesno_open/boolq: ");
  expect(out).not.toContain("mcqa_2/piqa tree seed 1: training");
  expect(out).toMatch(/^FAILED mcqa_2\/piqa tree seed 1, creation: /m);
});

it("keeps what came at an interrupt or when it is killed, and goes on to the same bytes", async () => {
  const args = `${boolq()} --setting naive --examples 40 --num-examples 2 --concurrency 1`;
  const [calm, rough] = [tempFolder(), tempFolder()];
  const env = { OPENAI_BASE_URL: await openServer({ latency: () => 20 }) };
  const countAsked = () => {
    const journal = listFiles(rough).find((path) => path.endsWith("journal.jsonl"));
    return journal ? readFileSync(journal, "utf8").split("\n").length : 0;
  };
  const run = (signal: NodeJS.Signals) => {
    const before = countAsked();
    const words = ["experiment", ...`${args} --results ${rough}`.split(" ")];
    const { child, ended } = startScript(findEntry("seedling"), words, { env });
    const waiting = setInterval(() => {
      if (child.killed || countAsked() <= before + 2) return;
      child.kill(signal);
    }, 10);
    return ended.finally(() => clearInterval(waiting));
  };
  const killed = await run("SIGKILL");
  expect(killed.code).toBeNull();
  const stopped = await run("SIGINT");
  expect(stopped.code).toBe(130);
  expect(stopped.err).toMatch(
    /^interrupted; yesno_open\/boolq naive seed 1: \d+ of 40 kept, every reply that came is saved in .*; the same command goes on from here\n$/,
  );
  const ends = [
    await runProgram(experiment, `${args} --results ${rough}`, { env, fetch }),
    await runProgram(experiment, `${args} --results ${calm}`, { env, fetch }),
  ];
  expect(ends.map(({ code, err }) => ({ code, err }))).toEqual(
    ends.map(() => ({ code: 0, err: "" })),
  );
  expect(readArtefacts(rough)).toEqual(readArtefacts(calm));
});

it.each([
  ["--data nope", 2, /^--data: expected one of .*, got "nope"\n$/],
  ["--data boolq,boolq --sample --data-dir x", 2, /^--sample brings its own data.*\n$/],
])("%s ends in one line", async (args, code, err) => {
  const ended = await runProgram(experiment, args);
  expect(ended).toEqual({ code, out: expect.any(String), err: expect.stringMatching(err) });
});

it("runs external on four folders: repeats are left out, and the source's claims have verdicts", async () => {
  const results = tempFolder();
  const args = `--experiment external --data-dir ${externalFolder()} --results ${results} --encoder ${smallEncoder} --tune head --examples 5 --seed 1 --class-weights none --penalty 0.1 --calibration none`;
  const { code, out, err } = await runProgram(experiment, args);
  expect([code, err]).toEqual([0, ""]);
  // Two files of each folder, whole and selected in two ways; only whole ones answer.
  expect(
    out.match(/created\.jsonl: 1 example with the text of an earlier one left out/g),
  ).toHaveLength(2 * 4 * 3);
  const claims: { of: string; on: { source: string }; tasks: string[]; verdict: string }[] =
    JSON.parse(readFileSync(`${results}/tables/claims.json`, "utf8"));
  expect(claims.map(({ of, on, tasks }) => [of, on.source, tasks.length])).toEqual(
    ["gpt4", "llama2"].map((name) => {
      return ["Møller et al. 2024", `${name}.created.jsonl`, 4];
    }),
  );
});
