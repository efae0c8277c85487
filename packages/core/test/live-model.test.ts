import { mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { redact } from "../src/messages/redact.ts";
import { findOnlyModel, nameModelFile, readEndpoint } from "../src/runs/live-model.ts";
import { type Run, toCreationFolder } from "../src/runs/run.ts";
import { key, plan, refused, type Surroundings, server } from "./planning.ts";

describe("a server's address and key", () => {
  it.each([
    ["http://h/v1//", "http://h/v1"],
    [" http://h/v1 ", "http://h/v1"],
    ["http://h/v1/?sig=a/b/", "http://h/v1?sig=a/b/"],
    ["http://h/?api-version=1", "http://h?api-version=1"],
  ])("of %j is %j", (given, baseUrl) => {
    expect(readEndpoint({ OPENAI_BASE_URL: given, OPENAI_API_KEY: " k-1\n" })).toEqual({
      ...{ baseUrl, official: false, apiKey: "k-1" },
    });
  });

  it.each(["k-1 k-2", "k-1\nk-2", "k-1\tk-2", "'k-1'", "k-é"])("is no key %j", (key) => {
    const read = () => readEndpoint({ OPENAI_API_KEY: key });
    expect(read).toThrow(/^OPENAI_API_KEY: expected the key alone, got other signs with it, such/);
    expect(read).not.toThrow(/k-/);
  });
});

describe("which model", () => {
  function listing(...ids: string[]) {
    return openServer(({ url, headers }, response) => {
      const known = url === "/v1/models" && headers.authorization === "Bearer sk-secret-0123456789";
      response.statusCode = known ? 200 : 401;
      response.end(
        known ? JSON.stringify({ object: "list", data: ids.map((id) => ({ id })) }) : "who?",
      );
    });
  }

  async function ask(base: string, line = "--data boolq", apiKey?: string) {
    const env = { OPENAI_BASE_URL: `${base}/v1/`, OPENAI_API_KEY: apiKey };
    return plan(line, { env, fetch });
  }

  it("is the only one that the server lists", async () => {
    const base = await listing("the-only-one");
    const [run] = await ask(base, "--data boolq", key.OPENAI_API_KEY);
    expect(run?.completions).toEqual({
      kind: "live",
      model: "the-only-one",
      file: null,
      endpoint: { baseUrl: `${base}/v1`, official: false, apiKey: key.OPENAI_API_KEY },
    });
    expect(run?.flags.model).toBe("the-only-one");
  });

  it("is the only one that chats, however often it is listed", async () => {
    const base = await listing("chatty", "text-embedding-3-small", "bge-m3", "chatty");
    const [run] = await ask(base, "--data boolq", key.OPENAI_API_KEY);
    expect(run?.completions?.model).toBe("chatty");
  });

  it("is asked for where the base URL has a query", async () => {
    const base = await openServer(({ url, headers }, response) => {
      const known = url === "/openai/models?api-version=1" && headers["api-key"] === "k-123456";
      response.statusCode = known ? 200 : 404;
      response.end(JSON.stringify({ data: [{ id: "azure" }] }));
    });
    const env = { OPENAI_BASE_URL: `${base}/openai?api-version=1`, OPENAI_API_KEY: "k-123456" };
    const [run] = await plan("--data boolq", { env, fetch });
    expect(run?.completions?.model).toBe("azure");
  });

  it("is waited for while the server loads it", async () => {
    let asked = 0;
    const base = await openServer((_, response) => {
      response.statusCode = ++asked < 4 ? 503 : 200;
      response.end(JSON.stringify({ data: [{ id: "big" }] }));
    });
    const waits: number[] = [];
    const logged: string[] = [];
    const endpoint = { baseUrl: `${base}/v1`, official: false, apiKey: null };
    const model = await findOnlyModel(endpoint, {
      ...{ fetch, maxWait: 600_000, log: (line) => logged.push(line) },
      sleep: async (ms) => void waits.push(ms),
    });
    expect(model).toBe("big");
    expect(waits).toHaveLength(3);
    expect(logged).toEqual([
      `${base}/v1/models answered 503: waiting, at most 10 min (--max-wait)`,
    ]);
  });

  it("names the path that a base URL lacks", async () => {
    const base = await openServer((_, response) => {
      response.statusCode = 404;
      response.end("{}");
    });
    const told = await refused("--data boolq", { env: { OPENAI_BASE_URL: base }, fetch });
    expect(told).toContain(`expected a path in OPENAI_BASE_URL, such as ${base}/v1`);
  });

  it.each(["\u201csk-abc\u201d", "'sk-abc'", '"sk-abc"', "sk abc"])(
    "is not asked with a key in other signs: %s",
    async (apiKey) => {
      const told = await refused("--data boolq", { env: { OPENAI_API_KEY: apiKey }, fetch });
      expect(told).toMatch(/^OPENAI_API_KEY: expected the key alone/);
      expect(told).not.toContain("sk-abc");
    },
  );

  it("is the one given, and then the server is not asked", async () => {
    const [run] = await plan("--data boolq --model mine", { env: server });
    expect(run?.completions?.model).toBe("mine");
  });

  it("is OpenAI's default with a key alone, without asking", async () => {
    const [run] = await plan("--data boolq", { env: key });
    expect(run?.completions).toMatchObject({
      kind: "live",
      endpoint: { baseUrl: "https://api.openai.com/v1", official: true },
    });
    expect(run?.completions?.model).toMatch(/^gpt-/);
  });

  it.each<[string[], string]>([
    [[], "lists no model"],
    [["a", "b"], "lists 2 models (a, b)"],
    [[..."abcdefghij"], "lists 10 models (a, b, c, d, e, f, g, h, ...)"],
  ])("must be said where the server lists %j", async (ids, expected) => {
    const base = await listing(...ids);
    const env = { ...key, OPENAI_BASE_URL: `${base}/v1` };
    const told = await refused("--data boolq", { env, fetch });
    expect(told).toContain(`expected --model: ${base}/v1 ${expected}`);
  });

  it.each<[string, number, string, string]>([
    ["a page", 200, "<html>\n<body>\nhello", "does not list its models"],
    ["null", 200, "null", "does not list its models"],
    ["data that is no list", 200, '{"data": "x"}', "does not list its models"],
    ["a null for a list", 200, '{"data": null}', "lists no model"],
    ["nothing of a model", 200, "{}", "does not list its models"],
    ["ids that are no text", 200, '{"data": [{"id": 1}, null]}', "does not list its models"],
    ["404", 404, "{}", "status 404"],
    ["500", 500, "{}", "status 500"],
  ])("must be said where the server answers with %s", async (_, status, body, expected) => {
    const base = await openServer((_, response) => {
      response.statusCode = status;
      response.end(body);
    });
    const told = await refused("--data boolq", { env: { OPENAI_BASE_URL: base }, fetch });
    expect(told).toContain(expected);
    expect(told).toContain("--model");
  });

  it("a server that is down is named, with what to do", async () => {
    const told = await refused("--data boolq", { env: server, fetch });
    expect(told).toContain("http://127.0.0.1:9/v1/models does not list its models");
    expect(told).toContain("start the server, or name one by --model");
  });

  it("a 401 asks for a key, and never shows the one it echoes", async () => {
    const wrong = "sk-wrong-0123456789";
    const base = await openServer(({ headers }, response) => {
      response.statusCode = 401;
      response.statusMessage = `Bad ${headers.authorization}`;
      response.end(`invalid key ${headers.authorization}`);
    });
    const env = { OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: wrong };
    const told = await refused("--data boolq", { env, fetch });
    expect(told).toContain("status 401");
    expect(told).toContain("OPENAI_API_KEY");
    expect(redact(told, env)).not.toContain(wrong);
    expect(told).not.toContain(wrong);
  });

  it.each(["127.0.0.1:8091/v1", "localhost:8091/v1", "not a url", "ftp://host/v1"])(
    "a base URL such as %j is refused before anything is asked, even with --model",
    async (url) => {
      const told = await refused("--data boolq --model m", { env: { OPENAI_BASE_URL: url } });
      expect(told).toContain("OPENAI_BASE_URL: expected a URL such as http://127.0.0.1:8080/v1");
    },
  );

  it("a base URL's credentials do not reach the terminal", async () => {
    const env = { OPENAI_BASE_URL: "http://me:hidden-password@127.0.0.1:9/v1" };
    const told = await refused("--data boolq", { env, fetch });
    expect(redact(told, env)).not.toContain("hidden-password");
  });
});

async function only(line: string, around: Surroundings = {}): Promise<Run> {
  const [run, ...others] = await plan(line, around);
  expect(others).toEqual([]);
  return run as Run;
}

describe("--model with a GGUF file", () => {
  it.each([
    ["nothing set", {}],
    ["a key", key],
    ["a server", server],
  ])("answers in this process, on the real benchmark, whatever is set: %s", async (_, env) => {
    const file = join(tempFolder({ "tiny.gguf": "GGUF" }), "tiny.gguf");
    const run = await only(`--data boolq --model ${file}`, { env });
    expect(run.data.kind).toBe("benchmark");
    const model = expect.stringMatching(/^tiny\.gguf@[0-9a-f]{8}$/);
    expect(run.completions).toEqual({ kind: "live", model, endpoint: null, file });
    expect(run.flags.model).toEqual(run.completions?.model);
  });

  it("is meant from where the user is", async () => {
    const folder = tempFolder({ "models/Tiny.GGUF": "GGUF" });
    const env = { TURBO_INVOCATION_DIR: folder };
    expect(
      (await only("--data boolq --model models/Tiny.GGUF", { env })).completions,
    ).toMatchObject({ file: join(folder, "models/Tiny.GGUF") });
  });

  it("takes no part where a language model has none", async () => {
    const file = join(tempFolder({ "tiny.gguf": "GGUF" }), "tiny.gguf");
    const run = await only(`--data boolq --setting human --model ${file}`);
    expect(run.completions).toBeNull();
  });

  it("must be there, unless a server of one's own calls its models so", async () => {
    const line = "--data boolq --model ./no/such.gguf";
    expect(await refused(line)).toMatch(/^--model: no file \/.*\/no\/such\.gguf$/);
    expect(await refused(line, { env: key })).toMatch(/^--model: no file/);
    expect((await only(line, { env: server })).completions).toMatchObject({
      model: "./no/such.gguf",
      endpoint: { baseUrl: "http://127.0.0.1:9/v1" },
      file: null,
    });
  });

  it("is a file and no folder", async () => {
    const folder = join(tempFolder({ "a.gguf/b": "" }), "a.gguf");
    expect(await refused(`--data boolq --model ${folder}`)).toBe(`--model: no file ${folder}`);
  });
});

describe("the name of a model file", () => {
  const big = Buffer.alloc(5_000_000, "weights ");

  it("is its own without the folder, so that results stay where the file moves", async () => {
    const folder = tempFolder({ "tiny.gguf": "GGUF" });
    const before = await only(`--data boolq --model ${join(folder, "tiny.gguf")}`);
    mkdirSync(join(folder, "below"));
    renameSync(join(folder, "tiny.gguf"), join(folder, "below/tiny.gguf"));
    const after = await only(`--data boolq --model ${join(folder, "below/tiny.gguf")}`);
    expect(after.completions?.model).toBe(before.completions?.model);
    expect(toCreationFolder(after)).toBe(toCreationFolder(before));
  });

  it("tells files of one name apart by their size and by what they hold", () => {
    const path = join(tempFolder(), "model.gguf");
    const name = (bytes: Uint8Array) => {
      writeFileSync(path, bytes);
      return nameModelFile(path);
    };
    const names = new Set([name(big)]);
    for (const at of [0, big.length - 1, Math.floor((big.length - 65_536) * (7 / 15))]) {
      const changed = Buffer.from(big);
      changed[at] = 0;
      names.add(name(changed));
    }
    names.add(name(big.subarray(8)));
    names.add(name(Buffer.from("GGUF")));
    truncateSync(path);
    names.add(nameModelFile(path));
    expect(names.size).toBe(7);
    expect(name(big)).toBe([...names][0]);
  });
});
