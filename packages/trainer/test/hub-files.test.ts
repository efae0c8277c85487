import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { hostname } from "node:os";
import { join, posix } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { fetchCheckpoint } from "../src/checkpoint/fetch-checkpoint.ts";

const token = "hf_abcdefghijklmnop";
const id = "someone/tiny.model";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A hub with one model, what was asked of it, and a fetch of it. */
async function openHub(files: Record<string, string | Answer>, env: Record<string, string> = {}) {
  const asked: string[] = [];
  const url = await openServer((request, response) => {
    const name = request.url?.match(`^/mirror/${id}/resolve/main/(.*)$`)?.[1] ?? "";
    asked.push(name);
    const file = files[name];
    if (typeof file === "function") return file(request, response);
    response.writeHead(file === undefined ? 404 : 200, {
      "content-length": Buffer.byteLength(file ?? ""),
    });
    response.end(file);
  });
  const logged: string[] = [];
  const modelsDir = tempFolder();
  const source = {
    encoder: id,
    modelsDir,
    fetch,
    log: (line: string) => void logged.push(line),
    retryAfter: 1,
    env: { HF_ENDPOINT: `${url}/mirror/`, ...env },
  };
  return { asked, logged, source, folder: join(modelsDir, id) };
}

const small = { "tokenizer_config.json": "{}", "tokenizer.json": "{}", "config.json": "{}" };

/** What is kept of them: an empty modules.json says that the hub has none. */
const kept = { ...small, "modules.json": "[]\n" };

/** A file of safetensors with so many zeros. */
function toWeights(count = 1): string {
  const tensor = { dtype: "F32", shape: [count], data_offsets: [0, 4 * count] };
  return `P${"\0".repeat(7)}${JSON.stringify({ w: tensor }).padEnd(80)}${"\0".repeat(4 * count)}`;
}

/** Everything that is in a folder, by name. */
function readAll(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

describe("fetchCheckpoint", () => {
  it("gives a folder back as it is", async () => {
    const { source, asked } = await openHub({});
    expect(await fetchCheckpoint({ ...source, encoder: "/some/folder" })).toBe("/some/folder");
    expect(asked).toEqual([]);
  });

  it("fetches a model once", async () => {
    const files = { ...small, "special_tokens_map.json": "[]", "model.safetensors": toWeights() };
    const { source, asked, folder } = await openHub({ ...files, "pytorch_model.bin": "no" });
    expect(await fetchCheckpoint(source)).toBe(folder);
    expect(readAll(folder)).toEqual({ ...files, ...kept });
    expect(asked.length).toBe(6);
    expect(await fetchCheckpoint(source)).toBe(folder);
    expect(asked.length).toBe(6);
  });

  const modules = (transformer: string) =>
    JSON.stringify([
      { path: transformer, type: "sentence_transformers.models.Transformer" },
      { path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
      { path: "2_Dense", type: "sentence_transformers.models.Dense" },
    ]);
  const declared = {
    "1_Pooling/config.json": "{}",
    "2_Dense/config.json": "{}",
    "2_Dense/model.safetensors": toWeights(),
  };

  it.each(["", "0_Transformer"])(
    "fetches what a model's modules.json names, once: its files in %j",
    async (path) => {
      const own = { ...small, "special_tokens_map.json": "[]", "model.safetensors": toWeights() };
      const within = Object.entries(own).map(([name, text]) => [posix.join(path, name), text]);
      const files = { ...Object.fromEntries(within), ...declared, "modules.json": modules(path) };
      const { source, asked, folder } = await openHub(files);
      expect(await fetchCheckpoint(source)).toBe(folder);
      // The hub has none of these two, and is not asked again.
      const settings = [
        "config_sentence_transformers.json",
        posix.join(path, "sentence_bert_config.json"),
      ];
      expect(asked.sort()).toEqual([...Object.keys(files), ...settings].sort());
      expect(settings.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual([
        "{}\n",
        "{}\n",
      ]);
      asked.length = 0;
      await fetchCheckpoint(source);
      expect(asked).toEqual([]);
    },
  );

  it("refuses a model that lacks what its modules.json names", async () => {
    const { "2_Dense/model.safetensors": _, ...rest } = declared;
    const { source } = await openHub({ ...small, ...rest, "modules.json": modules("") });
    await expect(fetchCheckpoint(source)).rejects.toThrow(
      "expected 2_Dense/model.safetensors on the hub",
    );
  });

  it("reads what an earlier version downloaded without a network", async () => {
    const { source, folder, logged } = await openHub({});
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries({ ...small, "model.safetensors": toWeights() }))
      writeFileSync(join(folder, name), text);
    const env = { HF_ENDPOINT: "http://127.0.0.1:9" };
    expect(await fetchCheckpoint({ ...source, env })).toBe(folder);
    expect(logged.join()).toContain("modules.json could not be fetched");
    expect(logged.join()).toContain("it is read as if it declared nothing");
    expect(existsSync(join(folder, "modules.json"))).toBe(false);
  });

  it("fetches the shards that an index names, and later those that are missing", async () => {
    const index = JSON.stringify({ weight_map: { a: "m-1.safetensors", b: "m-2.safetensors" } });
    const files: Record<string, string> = { ...small, "model.safetensors.index.json": index };
    const { source, asked, folder } = await openHub(
      Object.assign(files, { "m-1.safetensors": toWeights(1) }),
    );
    await expect(fetchCheckpoint(source)).rejects.toThrow("it names m-2.safetensors, but the hub");
    files["m-2.safetensors"] = toWeights(2);
    asked.length = 0;
    await fetchCheckpoint(source);
    expect(asked).toEqual(["m-2.safetensors"]);
    expect(readAll(folder)).toEqual({ ...files, ...kept });
  });

  it("refuses an index that leads out of the folder", async () => {
    const index = JSON.stringify({ weight_map: { a: "../../m.safetensors" } });
    const { source } = await openHub({ ...small, "model.safetensors.index.json": index });
    await expect(fetchCheckpoint(source)).rejects.toThrow("expected a .safetensors file beside it");
  });

  it.each<[string, Record<string, string>, string]>([
    ["a tokenizer", {}, "expected tokenizer_config.json on the hub http://127.0.0.1"],
    [
      "weights but a pickle",
      { ...small, "pytorch_model.bin": "" },
      "got neither (a pickle such as",
    ],
  ])("says what to do about a model without %s", async (_, files, message) => {
    const { source, folder } = await openHub(files);
    await expect(fetchCheckpoint(source)).rejects.toThrow(message);
    expect(readAll(folder)).toEqual(files["config.json"] ? kept : {});
  });

  it.each(["../up", "a/b/c", "a/..", "use lite", "a/b?x", ""])(
    "refuses the id %j",
    async (encoder) => {
      const { source, asked } = await openHub({});
      await expect(fetchCheckpoint({ ...source, encoder })).rejects.toThrow(
        `encoder "${encoder}": expected a folder, or a hub id`,
      );
      expect(asked).toEqual([]);
    },
  );

  it.each([
    [401, {}, "or set HF_TOKEN to a token"],
    [403, { HF_TOKEN: token }, "HF_TOKEN is set, but its owner may have to ask for access"],
  ])("says once what a status %i means, without the token", async (status, env, message) => {
    const { source, asked } = await openHub(
      { "tokenizer_config.json": (_, response) => response.writeHead(status).end(token) },
      env,
    );
    const error = await fetchCheckpoint(source).catch((error) => error);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(token);
    expect(asked).toEqual(["modules.json", "tokenizer_config.json"]);
  });

  it("knows a missing model from a missing file", async () => {
    const { source } = await openHub({
      "tokenizer_config.json": (_, response) =>
        response.writeHead(404, { "x-error-code": "RepoNotFound" }).end(),
    });
    await expect(fetchCheckpoint(source)).rejects.toThrow("has no such model");
  });

  it("follows redirects, and takes the token to the hub's own host alone", async () => {
    const tokens: [string, string | undefined][] = [];
    const elsewhere = await openServer((request, response) => {
      tokens.push([request.url ?? "", request.headers.authorization]);
      response.end(toWeights());
    });
    const note = ({ url = "", headers }: IncomingMessage) =>
      tokens.push([url.split("/").at(-1) ?? "", headers.authorization]);
    const { source, folder } = await openHub(
      {
        ...small,
        "model.safetensors": (request, response) => {
          note(request);
          response.writeHead(307, { location: "renamed" }).end();
        },
        renamed: (request, response) => {
          note(request);
          response.writeHead(302, { location: `${elsewhere}/cdn?signature=1` }).end();
        },
      },
      { HF_TOKEN: token },
    );
    await fetchCheckpoint(source);
    expect(readAll(folder)["model.safetensors"]).toBe(toWeights());
    expect(tokens).toEqual([
      ["model.safetensors", `Bearer ${token}`],
      ["renamed", `Bearer ${token}`],
      ["/cdn?signature=1", undefined],
    ]);
  });

  it("tries again what passes, and takes a broken connection up where it broke", async () => {
    const whole = toWeights(50_000);
    const half = whole.length / 2;
    const ranges: (string | undefined)[] = [];
    const { source, folder } = await openHub({
      ...small,
      "config.json": failing([503, 429], "{}"),
      "model.safetensors": (request, response) => {
        const { range } = request.headers;
        ranges.push(range);
        const from = Number(range?.match(/\d+/)?.[0] ?? 0);
        const rest = whole.slice(from);
        response.writeHead(range ? 206 : 200, { "content-length": rest.length });
        if (range) response.end(rest);
        else response.write(whole.slice(0, half), () => setTimeout(() => response.destroy(), 50));
      },
    });
    await fetchCheckpoint(source);
    expect(readAll(folder)["model.safetensors"]).toBe(whole);
    expect(ranges[0]).toBe(undefined);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it("begins again where the hub does not know ranges, or has another file by now", async () => {
    const answers = [
      (response: ServerResponse) => {
        response.writeHead(200, { "content-length": 10 });
        response.write("01234", () => setTimeout(() => response.destroy(), 50));
      },
      (response: ServerResponse) =>
        response.writeHead(206, { "content-length": 9 }).end("wrong one"),
      (response: ServerResponse) =>
        response.writeHead(200, { "content-length": toWeights().length }).end(toWeights()),
    ];
    const { source, folder } = await openHub({
      ...small,
      "model.safetensors": (_, response) => answers.shift()?.(response),
    });
    await fetchCheckpoint(source);
    expect(readAll(folder)["model.safetensors"]).toBe(toWeights());
  });

  it("leaves nothing of a file that stays broken, and names hub, file and cause", async () => {
    const { source, folder, asked } = await openHub({
      ...small,
      "model.safetensors": failing([500, 500, 500, 500], ""),
    });
    const error = await fetchCheckpoint(source).catch((error) => error);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.message).toContain("model.safetensors could not be fetched from http://127.0.0.1");
    expect(error.message).toContain("status 500. Try again, or give a folder");
    expect(readAll(folder)).toEqual(kept);
    expect(asked.filter((name) => name === "model.safetensors").length).toBe(4);
  });

  it("tells of a large file at each quarter", async () => {
    const { source, logged } = await openHub({ ...small, "model.safetensors": toWeights(3e6) });
    await fetchCheckpoint(source);
    expect(logged.at(-1)).toBe(`${id}: model.safetensors, 100 % of 12 MB`);
    expect(logged.length).toBeLessThanOrEqual(5);
    expect(new Set(logged).size).toBe(logged.length);
  });

  it("removes what a killed download left, and nothing of one that may go on", async () => {
    const { source, folder } = await openHub({ ...small, "model.safetensors": toWeights() });
    const { pid = 0 } = spawnSync(process.execPath, ["--version"]);
    const toName = (host: string, pid: number) => `model.safetensors.${host}.${pid}.abcd0123.part`;
    const others = [toName(hostname(), process.pid), toName("elsewhere", pid)];
    mkdirSync(folder, { recursive: true });
    for (const name of [...others, toName(hostname(), pid)])
      writeFileSync(join(folder, name), "half");
    await fetchCheckpoint(source);
    const halves = Object.fromEntries(others.map((name) => [name, "half"]));
    expect(readAll(folder)).toEqual({ ...kept, "model.safetensors": toWeights(), ...halves });
  });

  it("stops when asked to, and leaves nothing half", async () => {
    const stop = new AbortController();
    const { source, folder } = await openHub({
      ...small,
      "model.safetensors": (_, response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("half", () => setTimeout(() => stop.abort(new Error("stopped")), 50));
      },
    });
    await expect(fetchCheckpoint({ ...source, signal: stop.signal })).rejects.toThrow("stopped");
    expect(readAll(folder)).toEqual(kept);
  });

  const html = "<!DOCTYPE html><html>log in to the proxy</html>";
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\n";
  const index = "model.safetensors.index.json";
  it.each<[string, string, string, string]>([
    [
      "a page",
      "tokenizer_config.json",
      html,
      'expected JSON, got a page that begins "<!DOCTYPE html>',
    ],
    ["a text", "tokenizer.json", "Sign in", 'expected JSON, got a text that begins "Sign in"'],
    [
      "an error",
      "config.json",
      '{"error":"log in"}',
      'expected a file of a model, got {"error": ...}',
    ],
    ["nothing", "special_tokens_map.json", "", "expected JSON, got none"],
    ["JSON that was cut", index, '{"weight_map": {', "expected JSON, got a text that begins"],
    ["a page", "model.safetensors", html, "expected a model's numbers, got a page that begins"],
    ["a pointer", "model.safetensors", pointer, "got a pointer of Git LFS: `git lfs pull`"],
    ["an error", "model.safetensors", '{"error":"log in"}', "got a text that begins"],
    ["a part", "model.safetensors", toWeights(9).slice(0, -4), "not a whole safetensors file: "],
    ["nothing", "model.safetensors", "", "expected at least 8 bytes, got 0"],
  ])("keeps nothing of %s that comes as %s", async (_, name, content, message) => {
    const { source, folder } = await openHub({ ...small, [name]: content });
    const error = await fetchCheckpoint(source).catch((error) => error);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.message).toMatch(
      new RegExp(`^encoder ${id}: http://127.0.0.1:\\d+/mirror gave another file as ${name}: `),
    );
    expect(error.message).toContain(message);
    expect(error.message).toContain("; nothing of it was kept");
    expect(Object.keys(readAll(folder)).filter((one) => one.startsWith(name))).toEqual([]);
  });

  it("takes a byte order mark in JSON", async () => {
    const { source } = await openHub({
      ...small,
      "config.json": "\uFEFF{}",
      "model.safetensors": toWeights(),
    });
    await fetchCheckpoint(source);
  });

  it.each<[string, Answer]>([
    ["no head comes", () => {}],
    [
      "the body stops",
      (_, response) => response.writeHead(200, { "content-length": 100 }).write("half"),
    ],
    ["no length is told", (_, response) => response.writeHead(200).write("half")],
  ])("ends where %s, without another try", async (_, answer) => {
    const { source, folder, asked } = await openHub({ ...small, "model.safetensors": answer });
    await expect(fetchCheckpoint({ ...source, idleAfter: 100 })).rejects.toThrow(
      /model\.safetensors could not be fetched from .*: no byte came for 0\.1 s\. Try again/,
    );
    expect(asked.filter((name) => name === "model.safetensors").length).toBe(1);
    expect(readAll(folder)).toEqual(kept);
  });

  it.each([
    ["hf_abc def", "HF_TOKEN: expected a token without blanks"],
    ["hf_abc\ndef", "HF_TOKEN: expected a token without blanks"],
  ])("refuses the token %j unnamed", async (HF_TOKEN, message) => {
    const { source, asked } = await openHub({}, { HF_TOKEN });
    const error = await fetchCheckpoint(source).catch((error) => error);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("abc");
    expect(asked).toEqual([]);
  });

  it.each(["huggingface.co", "ftp://hub", "https://me:secret@hub"])(
    "refuses the endpoint %s",
    async (HF_ENDPOINT) => {
      const { source } = await openHub({}, { HF_ENDPOINT });
      await expect(fetchCheckpoint(source)).rejects.toThrow(`HF_ENDPOINT: expected a URL such as`);
      expect(existsSync(join(source.modelsDir, "someone"))).toBe(false);
    },
  );

  it("names a place that cannot be written", async () => {
    const { source } = await openHub(small);
    const modelsDir = join(tempFolder({ taken: "" }), "taken");
    await expect(fetchCheckpoint({ ...source, modelsDir })).rejects.toThrow(
      `cannot write ${join(modelsDir, id, "modules.json")}`,
    );
  });
});

/** Answers with statuses in turn, then with a text. */
function failing(statuses: number[], text: string): Answer {
  const left = [...statuses];
  return (_, response) => {
    const status = left.shift();
    response.writeHead(status ?? 200).end(status ? "" : text);
  };
}
