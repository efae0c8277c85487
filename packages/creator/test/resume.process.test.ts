import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CreationManifest, createRandom } from "@seedling/core/internal";
import {
  type Body,
  type OpenaiServer,
  openOpenaiServer,
  type ServerOptions,
  tempFolder,
  toReply,
} from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { readLedger } from "../src/llm/ledger.ts";
import {
  copyBenchmarks,
  findCreation,
  findCreations,
  readKeys,
  readText,
  runCreator,
  smallEncoder,
  startCreator,
} from "./run-creator.ts";

const target = 60;

async function serve(options: ServerOptions = {}): Promise<OpenaiServer> {
  const server = await openOpenaiServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** A user's folder with data, and how to create in it. */
function settle(setting: string) {
  const cwd = tempFolder();
  copyBenchmarks(cwd);
  const flags = ["--data", "boolq", "--data-dir", "data", "--results", "results"];
  const args = [...flags, "--setting", setting, "--examples", `${target}`];
  const from = (url: string) => ({ cwd, env: { OPENAI_BASE_URL: url } });
  return { cwd, args, from, results: join(cwd, "results") };
}

interface Files {
  created: string;
  lineage: string;
}

const readFiles = (creation: string): Files => ({
  created: readText(creation, "created.jsonl"),
  lineage: readText(creation, "lineage.jsonl"),
});

const known = new Map<string, Files>();

/** What an undisturbed run creates, made once for each setting. */
async function toUndisturbed(setting: string): Promise<Files> {
  const files = known.get(setting);
  if (files) return files;
  const { args, from, results } = settle(setting);
  const server = await serve();
  expect(await runCreator(args, from(server.url))).toMatchObject({ code: 0, err: "" });
  known.set(setting, readFiles(findCreation(results)));
  return toUndisturbed(setting);
}

/** Many examples by one setting: the arguments of a creation that is disturbed, and the files it must end with. */
async function settleLarge(setting: string, examples: number, more = "") {
  const size = ["--examples", `${examples}`, "--max-total-tokens", "10000000"];
  const flags = [...size, "--chains", "3", ...more.split(" ").filter(Boolean)];
  const encoder = ["--similarity-encoder", smallEncoder];
  const all = (args: string[]) => [...args, ...flags, ...encoder];
  const undisturbed = settle(setting);
  const calm = await serve();
  const first = await runCreator(all(undisturbed.args), undisturbed.from(calm.url));
  expect(first).toMatchObject({ code: 0, err: "" });
  const { args, from, results } = settle(setting);
  return { args: all(args), from, results, expected: findCreation(undisturbed.results) };
}

/** The replies' times, in milliseconds, that let requests overtake each other. */
const latency = (n: number) => 5 + ((n * 7) % 5) * 8;

const createdFiles = ["created.jsonl", "lineage.jsonl", "rejected.jsonl"];

describe("a creation by tree that is killed ten times", () => {
  it("ends with the files of an undisturbed one, asks nothing that it has, and counts what was in flight", async () => {
    const random = createRandom("kills", "tree");
    const { args, from, results, expected } = await settleLarge("tree", 400);
    let asked = 0;
    let used = 0;
    let kills = 0;
    for (let life = 0; ; life++) {
      const known = existsSync(results) ? readKeys(findCreation(results)) : [];
      const moment = life < 10 ? random.int(12) : Number.POSITIVE_INFINITY;
      const pause = random.int(40);
      const killer: { kill?: () => void } = {};
      const server = await serve({
        latency,
        onRequest: (n) => n === moment && setTimeout(() => killer.kill?.(), pause),
      });
      const child = startCreator(args, from(server.url));
      killer.kill = () => child.kill("SIGKILL");
      const { code, err } = await child.ended;
      const keys = server.asked.map(({ key }) => key);
      expect(keys.filter((key) => known.includes(key))).toEqual([]);
      asked += keys.length;
      used += server.asked.reduce((sum, { body }) => sum + toUsed(body), 0);
      if (code === null) {
        kills += 1;
        expect(existsSync(join(findCreation(results), "manifest.json"))).toBe(false);
        continue;
      }
      expect({ code, err }).toEqual({ code: 0, err: "" });
      break;
    }
    expect(kills).toBe(10);
    const creation = findCreation(results);
    for (const name of createdFiles)
      expect(readText(creation, name)).toBe(readText(expected, name));
    const { lost } = JSON.parse(readText(creation, "manifest.json")) as CreationManifest;
    expect(lost.requests).toBeGreaterThan(0);
    const { promptTokens, completionTokens } = readLedger(creation).spent;
    expect(promptTokens + completionTokens).toBeGreaterThanOrEqual(used);
    const sent = readText(creation, "spending.jsonl").match(/"sent"/g) ?? [];
    expect(sent.length).toBeGreaterThanOrEqual(asked);
  });
});

// A setting that compares by similarity opens its encoder in each life.
describe.each([
  ["naive", 400, 10, ""],
  ["attributes", 60, 6, "--balance"],
  ["feedback", 120, 6, ""],
  ["tree", 400, 4, "--stop-when-flat"],
  ["tree", 60, 6, "--balance --relabel"],
  ["random", 60, 6, "--balance --relabel 3"],
  ["random", 160, 10, ""],
  ["diverse", 60, 4, ""],
  ["similar", 60, 4, ""],
] as const)(
  "a creation by %s of %i examples that fails up to %i times, %s",
  (setting, examples, most, more) => {
    it("ends with the files of an undisturbed one and asks nothing that it has", async () => {
      const random = createRandom("failures", setting);
      const { args, from, results, expected } = await settleLarge(setting, examples, more);
      let failures = 0;
      for (; ; failures++) {
        const known = existsSync(results) ? readKeys(findCreation(results)) : [];
        const moment = failures < most ? random.int(6) : Number.POSITIVE_INFINITY;
        const server = await serve({ latency, faults: (n) => (n === moment ? "500" : undefined) });
        const { code, err } = await runCreator([...args, "--retries", "0"], from(server.url));
        expect({ code, err }).toEqual({ code: 0, err: "" });
        const keys = server.asked.map(({ key }) => key);
        expect(keys.filter((key) => known.includes(key))).toEqual([]);
        const creation = findCreation(results);
        if (existsSync(join(creation, "manifest.json"))) break;
        expect(existsSync(join(creation, "failed.json"))).toBe(true);
      }
      expect(failures).toBeGreaterThan(0);
      for (const name of createdFiles)
        expect(readText(findCreation(results), name)).toBe(readText(expected, name));
      const { isFlat = false } = JSON.parse(
        readText(expected, "manifest.json"),
      ) as CreationManifest;
      expect(isFlat).toBe(more === "--stop-when-flat");
    });
  },
);

/** The tokens of a request and its reply, by the server's count. */
function toUsed({ messages, seed }: Body): number {
  const prompt = messages.map(({ content }) => content).join("");
  return Math.ceil(prompt.length / 4) + Math.ceil(toReply(messages, seed ?? "").length / 4);
}

describe("a journal whose last line was cut while being written", () => {
  it("loses that line alone, and says so", async () => {
    const { args, from, results } = settle("tree");
    const server = await serve();
    expect((await runCreator([...args, "--max-total-tokens", "5000"], from(server.url))).code).toBe(
      0,
    );
    const creation = findCreation(results);
    const known = readKeys(creation);
    appendFileSync(join(creation, "journal.jsonl"), '{"key":"cut while being wri');
    const { code, out } = await runCreator(args, from(server.url));
    expect(code).toBe(0);
    expect(out).toContain("removed a last line that was cut while being written");
    expect(readFiles(creation)).toEqual(await toUndisturbed("tree"));
    const asked = server.asked.map(({ key }) => key);
    expect(asked.filter((key) => known.includes(key))).toEqual(known);
  });
});

describe("a creation that is interrupted", () => {
  it("stops without waiting for replies, says what is kept, and goes on from there", async () => {
    const { args, from, results } = settle("tree");
    const interrupter: { interrupt?: () => void } = {};
    const server = await serve({
      faults: (n) => (n >= 6 ? "silent" : undefined),
      onRequest: (n) => n === 7 && interrupter.interrupt?.(),
    });
    const child = startCreator([...args, "--concurrency", "3"], from(server.url));
    interrupter.interrupt = () => child.kill("SIGINT");
    const { code, out, err } = await child.ended;
    expect(code).toBe(130);
    const creation = findCreation(results);
    const partial = JSON.parse(readText(creation, "partial.json"));
    expect(partial).toMatchObject({ stage: "create", stopped: "interrupt", target });
    expect(partial.kept).toBeGreaterThan(0);
    const { created } = readFiles(creation);
    expect(created.split("\n")).toHaveLength(partial.kept + 1);
    const undisturbed = await toUndisturbed("tree");
    expect(undisturbed.created.startsWith(created)).toBe(true);
    expect(err).toBe(
      `interrupted; yesno_open/boolq tree seed 1: ${partial.kept} of ${target} kept, every reply that came is saved in ${creation}; the same command goes on from here\n`,
    );
    expect(out + err).not.toMatch(/^\s+at /m);
    expect(existsSync(join(creation, "manifest.json"))).toBe(false);

    const known = readKeys(creation);
    const again = await serve();
    expect((await runCreator(args, from(again.url))).code).toBe(0);
    expect(again.asked.filter(({ key }) => known.includes(key))).toEqual([]);
    expect(readFiles(creation)).toEqual(undisturbed);
    expect(existsSync(join(creation, "partial.json"))).toBe(false);
  });
});

describe("a creation that is done", () => {
  it("asks nothing when run again; a larger one takes what it has; a replay needs no server", async () => {
    const { cwd, args, from, results } = settle("tree");
    const small = [...args.slice(0, -1), "25"];
    const server = await serve();
    expect((await runCreator(small, from(server.url))).code).toBe(0);
    const first = findCreation(results);
    const manifest = readText(first, "manifest.json");
    const asked = server.asked.length;

    const again = await runCreator(small, from(server.url));
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toContain("yesno_open/boolq tree seed 1: already created");
    expect(server.asked).toHaveLength(asked);
    expect(readText(first, "manifest.json")).toBe(manifest);

    expect((await runCreator(args, from(server.url))).code).toBe(0);
    const larger = findCreations(results).find((one) => one !== first) ?? "";
    expect(readFiles(larger)).toEqual(await toUndisturbed("tree"));
    const keys = server.asked.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(readKeys(larger))).toEqual(new Set(keys));

    const replayed = await runCreator(
      ["--data", "boolq", "--replay", larger, "--results", "replayed", "--concurrency", "2"],
      { cwd },
    );
    expect(replayed).toMatchObject({ code: 0, err: "" });
    expect(readFiles(replayedCreation(cwd))).toEqual(await toUndisturbed("tree"));
  });
});

/** A replay writes no flags of its own, but its formatting example. */
function replayedCreation(cwd: string): string {
  const creation = findCreation(join(cwd, "replayed"));
  expect(existsSync(join(creation, "journal.jsonl"))).toBe(false);
  expect(readFileSync(join(creation, "manifest.json"), "utf8")).toContain('"kind": "replay"');
  return creation;
}
