import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { noNetwork, openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import {
  type DataFolder,
  download,
  downloadBenchmarkFile,
  loadSplit,
  toSplitPath,
} from "../src/data/benchmark.ts";
import type { DownloadDependencies } from "../src/data/fetch-file.ts";
import original from "../src/data/original-files.json" with { type: "json" };
import { taskNamed } from "../src/data/tasks.ts";
import { gitBlobId } from "../src/logs/files.ts";
import { ExpectedError, toMessage } from "../src/messages/errors.ts";
import { benchmarks } from "./real-benchmarks.ts";

const winogrande = taskNamed("mcqa_2/winogrande");
const row = '{"question": "q _", "context": null, "options": ["a", "b"], "label": "b"}\n';

function at(root: string): DataFolder {
  return { kind: "benchmark", root, download: true };
}

/** GitHub's place taken by a server here: what it was asked, and what the user was told. */
async function openGitHub(answer: RequestListener) {
  const asked: string[] = [];
  const told: string[] = [];
  const base = await openServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  const deps: DownloadDependencies = {
    fetch: (url, init) => {
      const { origin, pathname } = new URL(String(url));
      expect(origin).toBe("https://raw.githubusercontent.com");
      return fetch(base + pathname, init);
    },
    log: (line) => told.push(line),
    retryAfter: 1,
  };
  return { asked, told, deps };
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpectedError);
  return toMessage(error);
}

describe("a download", () => {
  const path = `${original.folder}/mcqa_2/winogrande/test.jsonl`;
  const url = `https://raw.githubusercontent.com/microsoft/llm-data-creation/${original.commit}/${path}`;
  const content = Buffer.from(row.repeat(50_000));
  const blobId = gitBlobId(content);
  const fileAt = (to: string) => ({ path, blobId, to, instead: "put it there by hand" });

  it("is asked at the pinned commit, verified, told with its progress, and made once", async () => {
    const root = tempFolder();
    const to = join(root, "a/test.jsonl");
    const { asked, told, deps } = await openGitHub((_, response) => {
      response.setHeader("content-length", content.length);
      response.end(content);
    });
    expect(await download(fileAt(to), deps)).toBe(to);
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(asked).toEqual([new URL(url).pathname]);
    expect(told[0]).toBe(`downloading ${url}`);
    const megabytes = Math.round(content.length / 1e6);
    expect(told.length).toBeLessThanOrEqual(6);
    for (const line of told.slice(1)) expect(line).toMatch(/^ {2}.*test\.jsonl, \d+ % of \d MB$/);
    expect(told.at(-1)).toBe(`  ${path}, 100 % of ${megabytes} MB`);
    await download(fileAt(to), deps);
    expect(asked).toHaveLength(1);
    expect(readdirSync(join(root, "a"))).toEqual(["test.jsonl"]);
  });

  it("that comes compressed is kept as it is, and no wrong total is told", async () => {
    const to = join(tempFolder(), "test.jsonl");
    const { told, deps } = await openGitHub((_, response) => {
      const packed = gzipSync(content);
      response.setHeader("content-encoding", "gzip");
      response.setHeader("content-length", packed.length);
      response.end(packed);
    });
    await download(fileAt(to), deps);
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(told).toEqual([`downloading ${url}`]);
  });

  it("of another content than expected is an error, and nothing is kept", async () => {
    const root = tempFolder();
    const { deps } = await openGitHub((_, response) => {
      response.end("<html>please log in</html>");
    });
    const told = await messageOf(download(fileAt(join(root, "x")), deps));
    expect(told).toContain(`${url}: expected git blob ${blobId}, got `);
    expect(told).toContain("nothing was kept");
    expect(readdirSync(root)).toEqual([]);
  });

  it("that is cut is tried again", async () => {
    const root = tempFolder();
    let times = 0;
    const { asked, deps } = await openGitHub((_, response) => {
      times += 1;
      response.setHeader("content-length", content.length);
      if (times === 1) response.destroy();
      else if (times === 2) response.write(content.subarray(0, 1000), () => response.destroy());
      else response.end(content);
    });
    await download(fileAt(join(root, "x")), deps);
    expect(asked).toHaveLength(3);
    expect(readFileSync(join(root, "x")).equals(content)).toBe(true);
  });

  it("that comes compressed and is cut begins anew: what is here says nothing of where to go on", async () => {
    const to = join(tempFolder(), "x");
    const packed = gzipSync(row.repeat(50_000), { level: 0 });
    const { asked, deps } = await openGitHub(({ headers: { range } }, response) => {
      const from = Number(range?.match(/\d+/)?.[0] ?? 0);
      response.writeHead(range ? 206 : 200, { "content-encoding": "gzip" });
      if (asked.length === 1)
        response.write(packed.subarray(0, 200_000), () => setTimeout(() => response.destroy(), 20));
      else response.end(packed.subarray(from));
    });
    await download(fileAt(to), deps);
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it.each([429, 503])("that meets status %i is tried again", async (status) => {
    const { asked, deps } = await openGitHub((_, response) => {
      response.statusCode = asked.length === 1 ? status : 200;
      response.end(content);
    });
    await download(fileAt(join(tempFolder(), "x")), deps);
    expect(asked).toHaveLength(2);
  });

  it.each([404, 403, 401])(
    "that meets status %i is given up at once, with the address and advice",
    async (status) => {
      const root = tempFolder();
      const { asked, deps } = await openGitHub((_, response) => {
        response.statusCode = status;
        response.end("no");
      });
      const told = await messageOf(download(fileAt(join(root, "x")), deps));
      expect(told).toBe(`cannot download ${url}: status ${status}; put it there by hand`);
      expect(asked).toHaveLength(1);
      expect(readdirSync(root)).toEqual([]);
    },
  );

  it("that is cut every time ends in an error with its cause, and leaves nothing", async () => {
    const root = tempFolder();
    const { asked, deps } = await openGitHub((_, response) => {
      response.setHeader("content-length", content.length);
      response.write(content.subarray(0, 1000), () => response.destroy());
    });
    const told = await messageOf(download(fileAt(join(root, "x")), deps));
    expect(told).toMatch(/cannot download .*: terminated \(.+\); put it there by hand/);
    expect(asked).toHaveLength(4);
    expect(readdirSync(root)).toEqual([]);
  });

  it("that failed is not tried again in the same process, and fails in the same words", async () => {
    const root = tempFolder();
    const { asked, told, deps } = await openGitHub((_, response) => void response.destroy());
    const messages = [];
    for (const to of ["x", "y", "x"])
      messages.push(await messageOf(download(fileAt(join(root, to)), deps)));
    expect(asked).toHaveLength(4);
    expect(told).toEqual([`downloading ${url}`]);
    expect(messages).toEqual(Array(3).fill(messages[0]));
    const other = await openGitHub((_, response) => void response.end(content));
    await download(fileAt(join(root, "x")), other.deps);
    expect(await download(fileAt(join(root, "x")), deps)).toBe(join(root, "x"));
  });

  it("of a benchmark's file that fails tells how to name a folder that has it", async () => {
    const { deps } = await openGitHub((_, response) => {
      response.statusCode = 404;
      response.end();
    });
    const place = at(tempFolder());
    expect(await messageOf(loadSplit(winogrande, "test", place, deps))).toMatch(
      /status 404; if you have the files, name their folder by --data-dir or SEEDLING_DATA$/,
    );
  });

  it("of a file that is not the original's is refused before anything is asked", async () => {
    const root = tempFolder();
    await expect(
      downloadBenchmarkFile("mcqa_2/winogrande/more.jsonl", root, {
        fetch: noNetwork,
        log: () => {},
      }),
    ).rejects.toThrow("mcqa_2/winogrande/more.jsonl is not one of the original's files");
  });

  it("into a place that cannot be written is an error", async () => {
    const taken = join(tempFolder({ taken: "" }), "taken");
    const { deps } = await openGitHub((_, response) => void response.end(content));
    expect(await messageOf(download(fileAt(join(taken, "x")), deps))).toContain(
      `cannot write ${taken}/x`,
    );
  });

  it.skipIf(!benchmarks)(
    "of a benchmark's missing split leaves it verified in its place (../shared)",
    async () => {
      const root = tempFolder();
      const { asked, deps } = await openGitHub(({ url = "" }, response) => {
        const [, wanted = ""] = url.split(`${original.commit}/${original.folder}/`);
        response.end(readFileSync(join(benchmarks as string, wanted)));
      });
      const place = at(root);
      const split = await loadSplit(winogrande, "train", place, deps);
      expect(split).toMatchObject({ verified: true, kind: "benchmark" });
      expect(split.examples).toHaveLength(160);
      expect(split.path).toBe(toSplitPath(winogrande, "train", place));
      expect(existsSync(split.path)).toBe(true);
      await loadSplit(winogrande, "train", place, deps);
      expect(asked).toHaveLength(1);
    },
  );
});
