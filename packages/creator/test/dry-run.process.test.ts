import { cpSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { repository } from "@seedling/core/internal";
import { findEntry, openOpenaiServer, startScript, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { copyBenchmarks, runCreator } from "./run-creator.ts";

/** A user's folder with data in it. */
function settle(): string {
  const cwd = tempFolder();
  copyBenchmarks(cwd);
  return cwd;
}

const at = ["--data-dir", "data", "--results", "results", "--model", "test-model"];
const nowhere = "http://127.0.0.1:9/v1";

describe("a dry run of a model's own answers", () => {
  it("counts an item once that several runs ask, as they do, and what a neighbour's journal holds never", async () => {
    const cwd = settle();
    const server = await openOpenaiServer();
    onTestFinished(server.close);
    const env = { OPENAI_BASE_URL: server.url };
    const direct = [...at, "--data", "boolq,pubmedqa", "--setting", "direct"];
    const forecast = async (...args: string[]) => {
      const { code, out, err } = await runCreator([...args, "--dry-run"], { cwd, env });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      return out;
    };
    const before = await forecast(...direct);
    expect(before).toMatch(/boolq direct seed 1 +128 +128 /);
    expect(before).toMatch(/pubmedqa direct seed 1 +asked by a run above: nothing is asked again/);
    expect(before).toMatch(/Total, creation: {3}1 to do, 0 done; about 128 requests;/);
    expect(server.asked).toHaveLength(0);
    await runCreator([...at, "--data", "boolq", "--setting", "direct"], { cwd, env });
    expect(server.asked).toHaveLength(128);
    const after = await forecast(...at, "--data", "pubmedqa", "--setting", "direct");
    expect(after).toMatch(/pubmedqa direct seed 1 +already asked: nothing is asked again/);
    await runCreator(direct, { cwd, env });
    expect(server.asked).toHaveLength(128);
  });
});

describe("a dry run without a network", () => {
  it("tries the original's instruction once for all runs, and says once that it failed", async () => {
    // Outside a checkout downloads land in the user's cache, which is empty here.
    const elsewhere = tempFolder();
    cpSync(dirname(findEntry("creator")), elsewhere, { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(elsewhere, "node_modules"));
    let tried = 0;
    const proxy = createServer();
    proxy.on("connect", (_, socket) => {
      tried += 1;
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const cwd = settle();
    const env = {
      TURBO_INVOCATION_DIR: cwd,
      XDG_CACHE_HOME: join(cwd, "cache"),
      OPENAI_BASE_URL: nowhere,
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
    };
    const args = [...at, "--data", "boolq", "--examples", "10", "--instruction", "original"];
    // In a process of its own: the proxy is that of all its connections.
    const { code, out, err } = await startScript(
      join(elsewhere, "creator.js"),
      [...args, "--setting", "naive,random,tree", "--dry-run"],
      { cwd, env },
    ).ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    // A failed request is tried three times again.
    expect(tried).toBe(4);
    expect(out.match(/downloading /g)).toHaveLength(1);
    expect(out.match(/seed 1 +cannot start \[1\]/g)).toHaveLength(3);
    expect(out.match(/cannot download .*/g)).toEqual([
      expect.stringMatching(
        /prompt\.py: .*; if you have the file, put it at .*prompt\.py \(3 runs\)$/,
      ),
    ]);
  });
});
