import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { batchFile, hasOpenBatch } from "../src/llm/batch-log.ts";
import { fail, invoke, serve, toRequests } from "./batch-invocations.ts";

describe("the log of batches", () => {
  it("mends a line that was cut while being written", async () => {
    const server = await serve();
    const folder = tempFolder();
    await invoke(server, folder, toRequests(2));
    const path = join(folder, batchFile);
    const whole = readFileSync(path, "utf8");
    const [before] = whole.split("\n");
    writeFileSync(path, `${before}\n{"event":"subm`);
    server.end();
    const { replies, logged } = await invoke(server, folder, toRequests(2));
    expect(logged[0]).toBe(`${path}: removed a last line that was cut while being written`);
    expect(replies.size).toBe(2);
    expect(server.submissions).toBe(1);
  });

  it("names a line that is none", async () => {
    const server = await serve();
    const folder = tempFolder();
    await invoke(server, folder, toRequests(2));
    const path = join(folder, batchFile);
    writeFileSync(path, `${readFileSync(path, "utf8")}{"event":"party"}\n`);
    expect(await fail(invoke(server, folder, toRequests(2)))).toBe(
      `${path}:3: expected what happened to a batch`,
    );
  });

  it("is not there before anything is submitted", async () => {
    const server = await serve();
    const folder = tempFolder();
    expect(hasOpenBatch(folder)).toBe(false);
    await invoke(server, folder, []);
    expect(existsSync(join(folder, batchFile))).toBe(false);
    expect(server.asked).toEqual([]);
  });
});
