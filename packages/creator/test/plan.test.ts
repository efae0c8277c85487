import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runEntry } from "@seedling/core/internal";
import { openOpenaiServer, runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { copyBenchmarks, creatorStage, findCreation, readText } from "./run-creator.ts";

/** A user's folder with data, a server, and the stage run in this process. */
async function settle() {
  const cwd = tempFolder();
  const data = copyBenchmarks(cwd);
  const server = await openOpenaiServer();
  onTestFinished(() => server.close());
  const run = async (line: string) => {
    const args = `--data boolq --data-dir data --results results --model test-model ${line}`;
    const { code, out, err } = await runProgram((io) => runEntry(creatorStage, io), args, {
      cwd,
      env: { TURBO_INVOCATION_DIR: cwd, OPENAI_BASE_URL: server.url },
      fetch: globalThis.fetch,
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return out;
  };
  const plan = (line: string) => run(`${line} --dry-run`);
  const train = join(data, "yesno_open/boolq/train.jsonl");
  const test = join(data, "yesno_open/boolq/test.jsonl");
  return { cwd, server, run, plan, results: join(cwd, "results"), train, test };
}

/** The last line of a dry run. */
const total = (out: string) => out.trim().split("\n").at(-1);

describe("a plan", () => {
  it("and its run agree on what is done: by what it was made of, not by a file that is there", async () => {
    const { server, run, plan, results, train } = await settle();
    const line = "--setting naive --examples 5";
    expect(total(await plan(line))).toContain("1 to do, 0 done");
    await run(line);
    const { length } = server.asked;
    expect(await plan(line)).toContain("already created");
    expect(await run(line)).toContain("already created");
    const before = readText(findCreation(results), "manifest.json");

    // The same seed draws another formatting example.
    const rows = readFileSync(train, "utf8");
    writeFileSync(train, rows.trimEnd().split("\n").reverse().concat("").join("\n"));
    expect(total(await plan(line))).toContain("1 to do, 0 done; about 1 request");
    expect(server.asked).toHaveLength(length);
    await run(line);
    expect(server.asked.length).toBeGreaterThan(length);
    expect(readText(findCreation(results), "manifest.json")).not.toBe(before);
    expect(await plan(line)).toContain("already created");
  });

  it("counts a folder of the similarity encoder by its content, where it measures", async () => {
    const { cwd, server, run, plan } = await settle();
    const encoder = tempFolder({
      "config.json": "{}",
      "tokenizer.json": "{}",
      "tokenizer_config.json": "{}",
      "onnx/model.onnx": "weights",
    });
    // One example: nothing is chosen among several, and the encoder is not opened.
    const line = `--setting diverse --num-examples 1 --examples 1 --similarity-encoder ${encoder}`;
    await run(line);
    expect(await plan(line)).toContain("already created");
    appendFileSync(join(encoder, "onnx/model.onnx"), "others");
    expect(total(await plan(line))).toContain("1 to do, 0 done");
    await run(line);
    expect(await plan(line)).toContain("already created");
    expect(server.asked).toHaveLength(1);
    // A setting that does not measure does not ask for it.
    const naive = `--setting naive --examples 1 --similarity-encoder ${join(cwd, "data")}`;
    expect(total(await plan(naive))).toContain("1 to do, 0 done");
  });

  it("finds done what an earlier version created, which recorded fewer inputs", async () => {
    const { run, plan, results } = await settle();
    const line = "--setting naive --examples 5";
    await run(line);
    const path = join(findCreation(results), "manifest.json");
    const { hash: _, ...manifest } = JSON.parse(readFileSync(path, "utf8"));
    const { example, instruction } = manifest.inputs;
    writeFileSync(path, JSON.stringify({ ...manifest, inputs: { example, instruction } }));
    expect(await plan(line)).toContain("already created");
  });

  it.each([
    [
      "the similarity encoder's folder holds none",
      "--setting diverse --examples 9 --similarity-encoder ./data",
      /cannot start \[1\][\s\S]*\[1\] encoder .*data: expected a folder in the hub's layout/,
    ],
    [
      "what is filtered by cannot be read",
      "--setting tree --examples 9 --reject contaminated",
      /cannot start \[1\][\s\S]*\[1\] .*test\.jsonl:\d+: expected one JSON value a line/,
    ],
    [
      "the recording lacks its example",
      "--setting tree --replay recording",
      /cannot start \[1\][\s\S]*\[1\] .*recording.example\.jsonl: expected the formatting example/,
    ],
  ])("says that a run cannot start where %s, as the run does", async (_, line, why) => {
    const { cwd, server, run, plan, test, results } = await settle();
    await run("--setting tree --examples 5");
    cpSync(findCreation(results), join(cwd, "recording"), { recursive: true });
    writeFileSync(join(cwd, "recording/example.jsonl"), "");
    rmSync(results, { recursive: true });
    appendFileSync(test, "{broken\n");
    const { length } = server.asked;
    const planned = await plan(line.replace("--replay recording", "--replay ./recording"));
    expect(planned).toMatch(why);
    expect(total(planned)).toContain("0 to do, 0 done, 1 cannot start");
    expect(await run(line.replace("--replay recording", "--replay ./recording"))).toContain(
      "failed: ",
    );
    expect(server.asked).toHaveLength(length);
  });

  it("counts a creation once that runs share", async () => {
    const { server, run, plan } = await settle();
    const line = "--setting tree,human --examples 9 --train-seed 1,2";
    const planned = await plan(line);
    expect(planned).toMatch(/tree seed 1\/1\/2 +shares the creation of .*tree seed 1\n/);
    expect(planned.match(/human seed .* nothing to create/g)).toHaveLength(2);
    expect(total(planned)).toContain("1 to do, 0 done; about 2 requests;");
    await run(line);
    const { length } = server.asked;
    expect(total(await plan(line))).toContain("0 to do, 1 done");
    await run(line);
    expect(server.asked).toHaveLength(length);
  });

  it("counts the requests that name attributes, under the caps too, and replays them", async () => {
    const { cwd, server, run, plan, results } = await settle();
    const line = "--setting attributes --examples 20";
    expect(total(await plan(line))).toContain("1 to do, 0 done; about 9 requests;");
    const capped = await run(`${line} --max-total-tokens 5000`);
    expect(capped).toContain("--max-total-tokens 5000:");
    expect(server.asked.length).toBeGreaterThan(0);
    expect(total(await plan(line))).toMatch(/about [1-4] requests?;/);
    const out = await run(line);
    expect(out).toContain("in all; before these about 5, by which the model names attributes");
    expect(out).toMatch(/\n {2}attributes: (\w+ \(\d values\), )+\w+ \(\d values\); \d+ requests/);
    expect(new Set(server.asked.map(({ key }) => key)).size).toBe(server.asked.length);
    const creation = findCreation(results);
    expect(total(await plan(line))).toContain("0 to do, 1 done");
    const { naming } = JSON.parse(readText(creation, "manifest.json"));
    const [name] = Object.keys(
      JSON.parse(readText(creation, "lineage.jsonl").split("\n")[0] ?? "").leaf,
    );
    expect(naming.attributes.map((one: { name: string }) => one.name)).toContain(name);
    cpSync(creation, join(cwd, "recording"), { recursive: true });
    const created = readText(creation, "created.jsonl");
    rmSync(results, { recursive: true });
    await run("--setting attributes --replay ./recording");
    expect(readText(findCreation(results), "created.jsonl")).toBe(created);
  });

  it("estimates a creation by tokens, and ends it by those that count, after a cap and replayed too", async () => {
    const { cwd, server, run, plan, results } = await settle();
    const line = "--setting tree --tokens 4000 --relabel";
    expect(total(await plan(line))).toMatch(/about \d+ requests; 4,\d+ tokens/);
    expect(await run(`${line} --max-total-tokens 4500`)).toContain("--max-total-tokens 4500:");
    const out = await run(line);
    expect(out).toContain("creating examples until 4,000 tokens are taken live with test-model");
    const [, n = "", counted = ""] = /\n {2}(\d+) kept, (\S+) of 4,000 tokens from/.exec(out) ?? [];
    const creation = findCreation(results);
    const manifest = JSON.parse(readText(creation, "manifest.json"));
    expect(manifest).toMatchObject({
      target: Number(n),
      kept: Number(n),
      tokens: Number(counted.replace(",", "")),
      stopped: null,
      conditions: { tokens: 4000, relabel: 1 },
    });
    expect(manifest.tokens).toBeGreaterThanOrEqual(4000);
    expect(new Set(server.asked.map(({ key }) => key)).size).toBe(server.asked.length);
    expect(await plan(line)).toContain("already created");
    const created = readText(creation, "created.jsonl");
    cpSync(creation, join(cwd, "recording"), { recursive: true });
    rmSync(results, { recursive: true });
    await run("--setting tree --replay ./recording");
    expect(readText(findCreation(results), "created.jsonl")).toBe(created);
    await run("--setting tree --replay ./recording --tokens 2000 --results fewer");
    const fewer = readText(findCreation(join(cwd, "fewer")), "created.jsonl");
    expect(created.startsWith(fewer)).toBe(true);
    expect(fewer.length).toBeLessThan(created.length);
  });

  it("asks nothing where what it is evaluated on is damaged", async () => {
    const { server, run, plan, test } = await settle();
    appendFileSync(test, "{broken\n");
    const line = "--setting naive --examples 5";
    const why = /test\.jsonl:\d+: expected one JSON value a line/;
    expect(await plan(line)).toMatch(why);
    expect(await run(line)).toMatch(why);
    expect(server.asked).toEqual([]);
  });

  it("goes by the replies of a run that was stopped", async () => {
    const { server, run, plan } = await settle();
    const line = "--setting naive --examples 100 --prices 1,2 --concurrency 1";
    expect(await run(`${line} --max-total-tokens 7000`)).toContain("--max-total-tokens 7000");
    const { length } = server.asked;
    expect(length).toBeGreaterThan(2);
    const planned = await plan(line);
    expect(planned).toMatch(new RegExp(` ${length} replies$`, "m"));
    const missing = Number(/naive seed 1 +(\d+) /.exec(planned)?.[1]);
    expect(missing).toBeGreaterThan(0);
    expect(missing).toBeLessThan(100);
  });

  it.each(["naive", "tree", "random --chains 2", "tree --verify 1", "tree --balance --verify 1"])(
    "of %s counts what its own journal holds after a kill, and for more examples what a smaller creation's does",
    async (setting) => {
      const { server, run, plan, results } = await settle();
      const toLine = (n: number) => `--setting ${setting} --concurrency 1 --examples ${n}`;
      await run(toLine(60));
      // What a kill leaves: no manifest, and replies that are written and not yet processed.
      const folder = findCreation(results);
      rmSync(join(folder, "manifest.json"));
      for (const name of ["created.jsonl", "lineage.jsonl"]) {
        const lines = readText(folder, name).split("\n");
        writeFileSync(join(folder, name), lines.slice(0, 40).concat("").join("\n"));
      }
      const toRequest = (line: string): number => JSON.parse(line).request;
      const last = toRequest(readText(folder, "lineage.jsonl").trim().split("\n").at(-1) ?? "");
      const rejected = readText(folder, "rejected.jsonl").split("\n").filter(Boolean);
      const processed = rejected.filter((line) => toRequest(line) <= last);
      writeFileSync(join(folder, "rejected.jsonl"), processed.concat("").join("\n"));
      const before = server.asked.length;
      expect(total(await plan(toLine(60)))).toMatch(/1 to do, 0 done(; about [1-5] requests.*)?$/);
      await run(toLine(60));
      expect(server.asked).toHaveLength(before);

      const planned = total(await plan(toLine(90)));
      const said = await run(toLine(90));
      const asked = server.asked.length - before;
      const requests = Number(/about ([\d,]+) requests/.exec(planned ?? "")?.[1]);
      expect(requests).toBeGreaterThan(asked / 1.35);
      expect(requests).toBeLessThan(asked * 1.35);
      const [, first] = /still to ask about (\d+) requests/.exec(said) ?? [];
      expect(Number(first)).toBeLessThanOrEqual(asked);
      expect(Number(first)).toBeGreaterThan(0);
    },
  );

  it("counts no journal of other requests", async () => {
    const { run, plan } = await settle();
    await run("--setting naive --examples 60");
    const other = "--setting naive --examples 60 --creation-seed 2";
    expect(total(await plan(other))).toContain("about 12 requests");
  });

  it("finds a creation done before it reads a test split", async () => {
    const { run, plan, test } = await settle();
    const line = "--setting naive --examples 5";
    await run(line);
    appendFileSync(test, "{broken\n");
    for (const said of [await plan(line), await run(line)]) {
      expect(said).toContain("already created");
      expect(said).not.toContain("broken");
      expect(said).not.toContain("contamination is not looked for");
    }
  });
});
