import { gzipSync } from "node:zlib";
import { findEntry, openServer, startScript, tempFolder } from "@seedling/testing";
import { expect, test } from "vitest";

const task = {
  "task/task.json": '{"options": ["good", "bad"]}',
  "task/example.json": '{"question": "A text", "options": ["good", "bad"], "label": "good"}',
};

test("a server whose replies unpack to 4 GB ends a run in below 1 GB", {
  timeout: 60_000,
}, async () => {
  // A gzip of gzips' parts: each member unpacks to 64 MB of blanks.
  const bomb = Buffer.concat(Array<Buffer>(64).fill(gzipSync(Buffer.alloc(2 ** 26, " "))));
  const url = await openServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    response.on("error", () => {});
    response.end(bomb);
  });
  const home = tempFolder(task);
  const report = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))';
  const args = ["--data", "./task", "--setting", "naive", "--examples", "2", "--model", "m"];
  const { code, out, err } = await startScript(
    findEntry("creator"),
    [...args, "--results", `${home}/results`],
    {
      flags: ["--import", `data:text/javascript,${report}`],
      env: { OPENAI_BASE_URL: `${url}/v1`, TURBO_INVOCATION_DIR: home },
      cwd: home,
    },
  ).ended;
  expect(out).toContain(`a reply of ${url}/v1 cannot be read: above 64 MB`);
  expect(code).toBe(0);
  // In KiB.
  expect(Number(err)).toBeGreaterThan(10_000);
  expect(Number(err)).toBeLessThan(1_000_000);
});
