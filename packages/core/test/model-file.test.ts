import { mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { FlagError, toMessage } from "../src/messages/errors.ts";
import { toCreationFolder } from "../src/runs/identity.ts";
import { nameModelFile } from "../src/runs/live-model.ts";
import type { Run } from "../src/runs/run.ts";
import { plan, type Surroundings } from "./planning.ts";

const key = { OPENAI_API_KEY: "sk-secret-0123456789" };
const server = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

async function only(line: string, around: Surroundings = {}): Promise<Run> {
  const [run, ...others] = await plan(line, around);
  expect(others).toEqual([]);
  return run as Run;
}

async function refused(line: string, around: Surroundings = {}): Promise<string> {
  const error = await plan(line, around).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FlagError);
  return toMessage(error);
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
