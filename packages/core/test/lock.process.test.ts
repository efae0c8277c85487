import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildScript, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { isLocked, lockFolder } from "../src/logs/lock.ts";

interface LockProcess {
  child: ChildProcess;
  /** Locks a folder, or with `-` before it releases it. @returns `done`, or the error's words */
  ask: (folder: string) => Promise<string>;
  kill: (signal: NodeJS.Signals) => Promise<void>;
}

// Bundled once: 20 processes that each compile it take a minute.
const script = await buildScript('import "./lock-process.ts"', import.meta.dirname);

function start(uid?: number): LockProcess {
  const child = spawn(process.execPath, [script], {
    stdio: ["pipe", "pipe", "inherit"],
    ...(uid === undefined ? {} : { uid }),
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => void child.on("close", () => resolve()));
  return {
    child,
    async ask(folder) {
      child.stdin.write(`${folder}\n`);
      const { value } = await lines.next();
      return value as string;
    },
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

const read = (folder: string) => JSON.parse(readFileSync(join(folder, "lock.json"), "utf8"));

/** The lock that a killed process leaves. */
async function toStale(): Promise<string> {
  const folder = tempFolder();
  const first = start();
  expect(await first.ask(folder)).toBe("done");
  await first.kill("SIGKILL");
  return readFileSync(join(folder, "lock.json"), "utf8");
}

describe("a locked folder", () => {
  it("is refused to a second process until the first releases it or ends", async () => {
    const folder = join(tempFolder(), "made/by it");
    const [first, second] = [start(), start()];
    expect(await first.ask(folder)).toBe("done");
    const { pid, host, since } = read(folder);
    expect(pid).toBe(first.child.pid);
    const refused = `another process (pid ${pid} on ${host}, since ${since}) works on ${folder}: wait for it, or stop it`;
    expect(await second.ask(folder)).toBe(refused);
    expect(() => lockFolder(folder)).toThrow(refused);

    expect(await first.ask(`-${folder}`)).toBe("done");
    expect(readdirSync(folder)).toEqual([]);
    expect(await second.ask(folder)).toBe("done");
    expect(await first.ask(folder)).toContain(`pid ${second.child.pid} on`);

    second.child.stdin?.end();
    await second.kill("SIGCONT");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is free at once after a kill -9", async () => {
    const folder = tempFolder();
    const first = start();
    expect(await first.ask(folder)).toBe("done");
    await first.kill("SIGKILL");
    expect(read(folder).pid).toBe(first.child.pid);
    const release = lockFolder(folder);
    expect(read(folder).pid).toBe(process.pid);
    release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("goes to exactly one of 20 processes that find a stale lock at once, thirty times over", async () => {
    const stale = await toStale();
    const racers = Array.from({ length: 20 }, () => start());
    const warm = await Promise.all(racers.map(({ ask }) => ask(tempFolder())));
    expect(new Set(warm)).toEqual(new Set(["done"]));
    for (let round = 0; round < 30; round++) {
      // A takeover that was itself killed is in the way every third time.
      const left = { "lock.json": stale, ...(round % 3 === 0 && { "lock.json.takeover": stale }) };
      const folder = tempFolder(left);
      const said = await Promise.all(racers.map(({ ask }) => ask(folder)));
      const [winner, ...others] = racers.filter((_, i) => said[i] === "done");
      expect(others).toEqual([]);
      const pid = winner?.child.pid;
      expect(read(folder).pid).toBe(pid);
      expect(said.filter((words) => words.includes(`process (pid ${pid} on`))).toHaveLength(19);
      expect(readdirSync(folder)).toEqual(["lock.json"]);
      expect(await winner?.ask(`-${folder}`)).toBe("done");
    }
  });
});

describe("a lock", () => {
  it.runIf(existsSync("/proc/self/stat"))("is stale where its process id was given again", () => {
    const own = { pid: process.pid, host: hostname(), started: "1", since: "2026-01-01" };
    const folder = tempFolder({ "lock.json": JSON.stringify(own) });
    lockFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of another host is never taken over, and the error says what to do", () => {
    const theirs = { pid: 99, host: "elsewhere", started: null, since: "2026-01-01" };
    const folder = tempFolder({ "lock.json": JSON.stringify(theirs) });
    expect(() => lockFolder(folder)).toThrow(
      `another process (pid 99 on elsewhere, since 2026-01-01) works on ${folder}: wait for it, or stop it; if it is gone, remove ${join(folder, "lock.json")}`,
    );
    expect(read(folder)).toEqual(theirs);
  });

  it.each(["", "{}", "pid 7"])("that is none is named: %j", (text) => {
    const folder = tempFolder({ "lock.json": text });
    expect(() => lockFolder(folder)).toThrow(
      `${join(folder, "lock.json")}: expected the lock of a process; remove the file`,
    );
  });

  const dead = { pid: 2 ** 22 + 1, host: hostname(), started: null, since: "2026-01-01" };

  it.each<[string, (path: string) => void, string]>([
    ["a link to nowhere", (path) => symlinkSync("/nowhere", path), "a link to /nowhere"],
    ["a link to itself", (path) => symlinkSync(path, path), "a link to "],
    ["a link to a device", (path) => symlinkSync("/dev/zero", path), "a link to /dev/zero"],
    ["a folder", (path) => mkdirSync(path), "a folder"],
    ["a pipe", (path) => void spawnSync("mkfifo", [path]), "a pipe"],
  ])("or its takeover that is %s ends with a sentence", (_, put, what) => {
    for (const name of ["lock.json", "lock.json.takeover"]) {
      const folder = tempFolder(name === "lock.json" ? {} : { "lock.json": JSON.stringify(dead) });
      put(join(folder, name));
      const names = readdirSync(folder);
      expect(() => lockFolder(folder)).toThrow(
        `${join(folder, name)}: expected a file, got ${what}`,
      );
      expect(isLocked(folder)).toBe(false);
      expect(readdirSync(folder)).toEqual(names);
    }
  });

  it.each([0, -1, 1.5, 2 ** 31, 1e300])("of process %d is nobody's, on any host", (pid) => {
    for (const host of [hostname(), "elsewhere"]) {
      const folder = tempFolder({ "lock.json": JSON.stringify({ ...dead, pid, host }) });
      expect(isLocked(folder)).toBe(false);
      lockFolder(folder)();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it("that someone removed and took is not removed by the one before", () => {
    const folder = tempFolder();
    const release = lockFolder(folder);
    const theirs = JSON.stringify({ pid: 99, host: "elsewhere", started: null, since: "2026" });
    writeFileSync(join(folder, "lock.json"), theirs);
    release();
    release();
    expect(readFileSync(join(folder, "lock.json"), "utf8")).toBe(theirs);
  });

  it("leaves no listeners behind", () => {
    const before = process.listenerCount("exit");
    const releases = Array.from({ length: 5 }, () => lockFolder(tempFolder()));
    expect(process.listenerCount("exit")).toBe(before + 5);
    for (const release of releases) release();
    expect(process.listenerCount("exit")).toBe(before);
  });

  it("cannot be made where nothing can be written", async () => {
    const file = join(tempFolder({ file: "" }), "file");
    expect(() => lockFolder(file)).toThrow(`cannot write ${join(file, "lock.json")}: `);
    const folder = tempFolder();
    chmodSync(folder, 0o555);
    // Root may write anywhere, so that nobody tries.
    const nobody = start(process.getuid?.() === 0 ? 65534 : undefined);
    expect(await nobody.ask(folder)).toMatch(/^cannot write .*lock\.json: EACCES/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
