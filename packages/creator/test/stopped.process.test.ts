import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { openBatchServer } from "./batch-server.ts";
import { findCreation, readKeys, readText, runCreator, startCreator } from "./run-creator.ts";
import { createOnce, readLines, readManifest, serve, settle } from "./run-once.ts";

describe("a cap", () => {
  it("is never crossed, ends cleanly, and a larger one goes on from there to the same files", async () => {
    const { results, toArgs, from } = settle();
    const server = await serve();
    const line = "--setting tree --examples 120 --prices 1,2";
    const capped = await runCreator(toArgs(`${line} --max-cost 0.009`), from(server.url));
    expect(capped).toMatchObject({ code: 0, err: "" });
    expect(capped.out).toContain("--max-cost 0.009 USD");
    const creation = findCreation(results);
    const partial = readManifest(creation, "partial.json");
    expect(partial).toMatchObject({ stopped: "cap" });
    expect(partial.kept).toBeGreaterThan(0);
    expect(partial.costUsd).toBeLessThanOrEqual(0.009);
    const asked = readKeys(creation).length;
    expect(server.asked).toHaveLength(asked);
    const more = await runCreator(toArgs(`${line} --max-cost 1`), from(server.url));
    expect(more).toMatchObject({ code: 0, err: "" });
    const undisturbed = await createOnce("--setting tree --examples 120");
    for (const name of ["created.jsonl", "lineage.jsonl", "rejected.jsonl"])
      expect(readText(creation, name)).toBe(readText(undisturbed.creation, name));
    expect(new Set(server.asked.map(({ key }) => key)).size).toBe(server.asked.length);
  });

  it("in USD needs prices", async () => {
    const { toArgs, from } = settle();
    const server = await serve();
    const { code, err } = await runCreator(toArgs("--setting tree --max-cost 1"), from(server.url));
    expect(code).toBe(2);
    expect(err).toContain("no price is known for test-model");
    expect(server.asked).toHaveLength(0);
  });
});

describe("a dry run", () => {
  it("tells what every run would ask, and asks nothing", async () => {
    const { results, toArgs, from } = settle();
    const server = await serve();
    const line = "--setting all --examples 100 --prices 1,2 --dry-run";
    const { code, out, err } = await runCreator(toArgs(line), from(server.url));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const setting of ["naive", "random", "diverse", "similar", "tree"])
      expect(out).toMatch(new RegExp(`boolq ${setting} seed 1 +100 +20 `));
    expect(out).toMatch(/human seed 1 +nothing to create/);
    expect(out).toMatch(/total +500 +100 /);
    expect(out).toContain("1 USD per million prompt tokens");
    expect(server.asked).toHaveLength(0);
    expect(existsSync(results)).toBe(false);
  });

  it("goes on where a run cannot start", async () => {
    const { cwd, toArgs, from } = settle();
    const server = await serve();
    rmSync(join(cwd, "data/yesno_open/boolq/train.jsonl"));
    const line = toArgs("--setting tree,human --examples 9 --dry-run");
    const { code, out } = await runCreator(line, from(server.url));
    expect(code).toBe(0);
    expect(out).toMatch(/tree seed 1 +cannot start \[1\]/);
    expect(out).toMatch(/\[1\] expected the train split .*\(1 run\)/);
    expect(out).toMatch(/human seed 1 +nothing to create/);
  });

  it("says that no price is known", async () => {
    const { toArgs, from } = settle();
    const server = await serve();
    const { out } = await runCreator(
      toArgs("--setting tree --examples 9 --dry-run"),
      from(server.url),
    );
    expect(out).toContain("no price is known for test-model");
  });
});

describe("a server with faults", () => {
  it("in three of ten requests loses no example", async () => {
    const kinds: Fault[] = ["429", "500", "cut before", "html", "stall", "cut half", "wrong usage"];
    let n = 0;
    const faults = () => {
      if (n++ % 10 >= 3) return undefined;
      const kind = kinds.shift() as Fault;
      // A page comes once: a request that is answered by one again is refused.
      if (kind !== "html") kinds.push(kind);
      return kind;
    };
    // In a process of its own: --timeout is also that of the process's connections.
    const start: typeof runCreator = (...args) => startCreator(...args).ended;
    const line = "--setting tree --examples 60 --timeout 1";
    const { code, err, creation } = await createOnce(line, { faults }, start);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(readLines(creation, "created.jsonl")).toHaveLength(60);
    const undisturbed = await createOnce("--setting tree --examples 60");
    expect(readText(creation, "created.jsonl")).toBe(
      readText(undisturbed.creation, "created.jsonl"),
    );
  });
});

describe("a second process on the same creation", () => {
  it("says so and stops; after a kill the folder is free at once", async () => {
    const { results, toArgs, from } = settle();
    const asking: { resolve?: () => void } = {};
    const asked = new Promise<void>((resolve) => {
      asking.resolve = resolve;
    });
    const slow = await serve({ latency: () => 60_000, onRequest: () => asking.resolve?.() });
    const line = toArgs("--setting tree --examples 20");
    const first = startCreator(line, from(slow.url));
    await asked;
    const second = await runCreator(line, from(slow.url));
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/another process \(pid \d+/);
    expect(existsSync(join(findCreation(results), "failed.json"))).toBe(false);
    first.kill("SIGKILL");
    await first.ended;
    const quick = await serve();
    const third = await runCreator(line, from(quick.url));
    expect(third).toMatchObject({ code: 0, err: "" });
    expect(third.out).not.toContain("another process");
  });
});

describe.skipIf(process.platform === "win32")("a full disk", () => {
  it("is a clear error", async () => {
    const { results, toArgs, from } = settle();
    const server = await serve();
    const line = toArgs("--setting tree --examples 20");
    const { code, out } = await startCreator(line, { ...from(server.url), fileBlocks: 8 }).ended;
    expect(out).toMatch(/failed: .*cannot write .*journal.jsonl: EFBIG/);
    expect(code).toBe(0);
    expect(existsSync(join(findCreation(results), "failed.json"))).toBe(true);
  });

  it("or a results folder that is a file, is one too", async () => {
    const { cwd, toArgs, from } = settle();
    mkdirSync(join(cwd, "results"));
    const server = await serve();
    symlinkSync("/dev/null", join(cwd, "results/creations"));
    const { out, err } = await runCreator(toArgs("--setting tree --examples 20"), from(server.url));
    expect(out + err).toMatch(/creations leads to .*\/dev\/null/);
  });
});

describe("a creation by batches", () => {
  it("submits and leaves, collects when it comes back, and ends with the files of asking at once", async () => {
    const { results, toArgs, from } = settle();
    const server = await openBatchServer();
    onTestFinished(() => server.close());
    const line = toArgs("--setting tree --examples 60 --batch --model test-model");
    let waves = 0;
    for (; waves < 20; waves++) {
      const { code, out, err } = await runCreator(line, from(server.url));
      expect({ code, err }).toEqual({ code: 0, err: "" });
      if (existsSync(join(findCreation(results), "manifest.json"))) break;
      expect(out).toMatch(/batch \S+ of \d+ requests? submitted at/);
      expect(readManifest(findCreation(results), "partial.json").stopped).toBe("batch");
      server.end();
    }
    expect(waves).toBeGreaterThan(1);
    const direct = await createOnce("--setting tree --examples 60");
    for (const name of ["created.jsonl", "lineage.jsonl", "rejected.jsonl"])
      expect(readText(findCreation(results), name)).toBe(readText(direct.creation, name));
  });
});

describe("a model in a file", () => {
  // In a process of its own: inside vitest an optional peer that is missing resolves to a stand-in.
  it("needs a library that is not installed by itself, and says which", async () => {
    const { cwd, toArgs } = settle();
    writeFileSync(join(cwd, "tiny.gguf"), "GGUF");
    const line = toArgs("--setting tree --examples 5 --model ./tiny.gguf");
    const { code, out } = await startCreator(line, { cwd }).ended;
    expect(code).toBe(0);
    expect(out).toMatch(/failed: .*expected node-llama-cpp for .*tiny.gguf: npm install/);
  });
});

describe("the journals of two creations", () => {
  it("make one by concatenation: nothing that stands in either is asked again", async () => {
    const { results, toArgs, from } = settle();
    const server = await serve();
    const line = "--setting naive --examples 60";
    await runCreator(toArgs(`${line} --max-total-tokens 7000`), from(server.url));
    const first = readText(findCreation(results), "journal.jsonl");
    const { creation } = await createOnce("--setting naive --examples 30");
    const second = readText(creation, "journal.jsonl");
    writeFileSync(join(findCreation(results), "journal.jsonl"), first + second);
    const known = readKeys(findCreation(results));
    const before = server.asked.length;
    const { code } = await runCreator(toArgs(line), from(server.url));
    expect(code).toBe(0);
    const asked = server.asked.slice(before).map(({ key }) => key);
    expect(asked.filter((key) => known.includes(key))).toEqual([]);
    const undisturbed = await createOnce(line);
    expect(readText(findCreation(results), "created.jsonl")).toBe(
      readText(undisturbed.creation, "created.jsonl"),
    );
  });
});
