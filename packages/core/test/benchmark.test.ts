import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import {
  type DataFolder,
  download,
  downloadBenchmarkFile,
  hasSplit,
  isAbsentPartner,
  loadSplit,
  toSplitPath,
} from "../src/data/benchmark.ts";
import { toAnswer } from "../src/data/example.ts";
import type { DownloadDependencies } from "../src/data/fetch-file.ts";
import original from "../src/data/original-files.json" with { type: "json" };
import { type Task, taskNamed } from "../src/data/tasks.ts";
import { gitBlobId } from "../src/logs/files.ts";
import { projectFolders } from "../src/logs/paths.ts";
import { ExpectedError, toMessage } from "../src/messages/errors.ts";
import { benchmarks, readBenchmarksManifest } from "./real-benchmarks.ts";

const winogrande = taskNamed("mcqa_2/winogrande");
const row = '{"question": "q _", "context": null, "options": ["a", "b"], "label": "b"}\n';

const noDependencies: DownloadDependencies = {
  fetch: async (url) => {
    throw new Error(`expected no download, but ${url} was asked`);
  },
  log: () => {},
};

function at(root: string, changed: Partial<DataFolder> = {}): DataFolder {
  return { kind: "benchmark", root, download: false, ...changed };
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

describe("a split that is at hand", () => {
  it("is loaded without a download, even where one would be allowed", async () => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    for (const allowed of [false, true]) {
      const place = at(root, { download: allowed });
      const split = await loadSplit(winogrande, "test", place, noDependencies);
      expect(split.examples.map(toAnswer)).toEqual(["b"]);
      expect(split.path).toBe(join(root, "mcqa_2/winogrande/test.jsonl"));
      expect(split.sha256).toBe(createHash("sha256").update(row).digest("hex"));
    }
  });

  it.each(["benchmark", "sample"] as const)("is called what its place is: %s", async (kind) => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    const split = await loadSplit(winogrande, "test", at(root, { kind }), noDependencies);
    expect(split).toMatchObject({ kind, verified: false });
  });

  it("of a user's folder is the user's own, and never verified", async () => {
    const folder = tempFolder({ "test.jsonl": row });
    const task: Task = { ...winogrande, name: folder, trainSize: null, partners: [], folder };
    const split = await loadSplit(task, "test", at("/nowhere"), noDependencies);
    expect(split).toMatchObject({ kind: "own", verified: false, path: `${folder}/test.jsonl` });
  });

  it("that is damaged is an error with path and line", async () => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": `${row}{}\n` });
    expect(await messageOf(loadSplit(winogrande, "test", at(root), noDependencies))).toMatch(
      `${root}/mcqa_2/winogrande/test.jsonl:2: expected {"question"`,
    );
  });

  it.each([
    ["empty", ""],
    ["blank", "\n \n"],
  ])("that is %s is an error, not a split of nothing", async (_, text) => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": text });
    expect(await messageOf(loadSplit(winogrande, "test", at(root), noDependencies))).toBe(
      `${root}/mcqa_2/winogrande/test.jsonl: expected at least one example`,
    );
  });

  it.skipIf(!benchmarks)(
    "is verified if it is the original's, byte for byte (../shared)",
    async () => {
      const path = "mcqa_2/winogrande/test.jsonl";
      const real = readFileSync(join(benchmarks as string, path), "utf8");
      const load = (text: string) =>
        loadSplit(winogrande, "test", at(tempFolder({ [path]: text })), noDependencies);
      expect(await load(real)).toMatchObject({ verified: true });
      expect(await load(real.replace("Sarah", "Sara"))).toMatchObject({ verified: false });
      expect(await load(`${real}\n`)).toMatchObject({ verified: false });
      const { examples = 0 } =
        readBenchmarksManifest().files.find((file) => file.path === path) ?? {};
      expect((await load(real)).examples).toHaveLength(examples);
    },
  );
});

describe("a split that is missing", () => {
  it("is an error that says where it was expected, if nothing may be downloaded", async () => {
    const root = tempFolder();
    expect(await messageOf(loadSplit(winogrande, "train", at(root), noDependencies))).toBe(
      `expected the train split of mcqa_2/winogrande at ${root}/mcqa_2/winogrande/train.jsonl`,
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it("of a user's folder is never downloaded", async () => {
    const folder = tempFolder();
    const task: Task = { ...winogrande, folder };
    const place = at(tempFolder(), { download: true });
    expect(await messageOf(loadSplit(task, "test", place, noDependencies))).toContain(
      `at ${folder}/test.jsonl`,
    );
  });

  it.each([
    ["there, no download", winogrande, "test", false, true],
    ["missing, no download", winogrande, "train", false, false],
    ["missing, download", winogrande, "train", true, true],
    ["missing in a user's folder", { ...winogrande, folder: "/nowhere" }, "test", true, false],
    ["missing, and not the original's", { ...winogrande, name: "mcqa_2/own" }, "dev", true, false],
  ] as const)("hasSplit: %s", async (_, task, split, allowed, has) => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    expect(await hasSplit(task, split, at(root, { download: allowed }))).toBe(has);
  });

  it("of a partner is absent only where a user's folder lacks it; other tests are not passed over", async () => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    const piqa = taskNamed("mcqa_2/piqa");
    expect(await isAbsentPartner(winogrande, piqa, at(root))).toBe(true);
    expect(await isAbsentPartner(winogrande, piqa, at(root, { download: true }))).toBe(false);
    expect(await isAbsentPartner(piqa, winogrande, at(root))).toBe(false);
    expect(await isAbsentPartner(winogrande, winogrande, at(root))).toBe(false);
    expect(await isAbsentPartner(winogrande, taskNamed("mcqa_5/csqa"), at(root))).toBe(false);
  });
});

describe("the bundled sample", () => {
  const place: DataFolder = { kind: "sample", root: projectFolders.sample, download: false };

  it.each([
    ["yesno_open/boolq", "train", 40],
    ["yesno_open/boolq", "dev", 30],
    ["yesno_open/boolq", "test", 60],
    ["yesno_open/pubmedqa", "test", 60],
  ] as const)(
    "has of %s %s at least %i items, each with a context and yes/no",
    async (name, split, least) => {
      const { examples, kind, verified } = await loadSplit(
        taskNamed(name),
        split,
        place,
        noDependencies,
      );
      expect({ kind, verified }).toEqual({ kind: "sample", verified: false });
      expect(examples.length).toBeGreaterThanOrEqual(least);
      for (const { options, context } of examples) {
        expect(options).toEqual(["True", "False"]);
        expect(context).not.toBeNull();
      }
    },
  );

  it("asks nothing twice, in one split or in two", async () => {
    const questions: string[] = [];
    for (const split of ["train", "dev", "test"] as const)
      for (const { question } of (
        await loadSplit(taskNamed("yesno_open/boolq"), split, place, noDependencies)
      ).examples)
        questions.push(question.toLowerCase());
    expect(new Set(questions).size).toBe(questions.length);
  });
});

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
    const place = at(tempFolder(), { download: true });
    expect(await messageOf(loadSplit(winogrande, "test", place, deps))).toMatch(
      /status 404; if you have the files, name their folder by --data-dir or SEEDLING_DATA$/,
    );
  });

  it("of a file that is not the original's is refused before anything is asked", async () => {
    const root = tempFolder();
    await expect(
      downloadBenchmarkFile("mcqa_2/winogrande/more.jsonl", root, noDependencies),
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
      const place = at(root, { download: true });
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
