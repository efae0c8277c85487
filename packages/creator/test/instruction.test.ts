import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolders, promptFile } from "@seedling/core/internal";
import { part, tempFolder } from "@seedling/testing";
import { beforeEach, describe, expect, it } from "vitest";
import {
  describeTask,
  loadInstruction,
  parseOriginal,
  renderOwnInstruction,
} from "../src/prompt/instruction.ts";

const noNetwork = {
  fetch: () => expect.fail("expected no request"),
  log: () => {},
};

describe("our own wording", () => {
  it.each([
    ["fixed", 3],
    ["fixed", 5],
    ["varying", 7],
  ] as const)("asks for exactly as many as wanted: %s, %i", async (options, count) => {
    const text = await loadInstruction("own", { options }, count, noNetwork);
    expect(text).toBe(renderOwnInstruction(options, count));
    expect(text).toContain(`exactly ${count} new objects`);
    expect([...text.matchAll(/\d+/g)].map(String)).toEqual([`${count}`, `${count}`, `${count}`]);
  });

  it("is another for options that stay and options that vary", () => {
    expect(renderOwnInstruction("fixed", 5)).not.toBe(renderOwnInstruction("varying", 5));
  });
});

describe("what an own task says of itself", () => {
  const own = {
    examples: [{ question: "q", context: null, options: ["a", "b"], label: 0 }],
    examplePath: "example.json",
    instruction: "Reviews of 3 lamps, {num_examples} words each.",
    descriptions: null,
  };

  it("stands before our wording, as it is", async () => {
    const text = await loadInstruction("own", { options: "fixed", own }, 4, noNetwork);
    expect(text).toBe(`${own.instruction}\n\n${renderOwnInstruction("fixed", 4)}`);
  });

  it("changes nothing where it says nothing", async () => {
    const silent = { ...own, instruction: null };
    const text = await loadInstruction("own", { options: "varying", own: silent }, 4, noNetwork);
    expect(text).toBe(renderOwnInstruction("varying", 4));
  });

  it("has the meanings of its labels after it, and where there are no others", async () => {
    const descriptions = Object.assign(Object.create(null), { b: 'about "b"' });
    Object.defineProperty(descriptions, "__proto__", { value: "of none", enumerable: true });
    const meanings = 'What the options mean:\n- b: about "b"\n- __proto__: of none';
    expect(describeTask({ ...own, descriptions })).toBe(`${own.instruction}\n\n${meanings}`);
    expect(describeTask({ ...own, instruction: null, descriptions })).toBe(meanings);
    const task = { options: "fixed" as const, own: { ...own, descriptions } };
    expect(await loadInstruction("own", task, 4, noNetwork)).toBe(
      `${own.instruction}\n\n${meanings}\n\n${renderOwnInstruction("fixed", 4)}`,
    );
  });

  it("leaves a file's wording alone", async () => {
    const path = join(tempFolder(), "instruction.txt");
    writeFileSync(path, "Write more.");
    const text = await loadInstruction(path, { options: "fixed", own }, 4, noNetwork);
    expect(text).toBe("Write more.");
  });
});

describe("a file's wording", () => {
  it("is taken as it is, with the number at each placeholder", async () => {
    const path = join(tempFolder(), "instruction.txt");
    writeFileSync(path, "\nWrite {num_examples} ($& {other})\nand {num_examples} only.\n");
    expect(await loadInstruction(path, { options: "fixed" }, 4, noNetwork)).toBe(
      "\nWrite 4 ($& {other})\nand 4 only.\n",
    );
  });

  it("is an error where it is empty", async () => {
    const path = join(tempFolder(), "instruction.txt");
    writeFileSync(path, " \n");
    await expect(loadInstruction(path, { options: "fixed" }, 4, noNetwork)).rejects.toThrow(
      `--instruction ${path}: expected a text`,
    );
  });
});

describe("parseOriginal", () => {
  const source = [
    "def system_instruction(num_examples: int = 3):",
    '    if fix:\n        instruction = dedent(\n            f"""\n            - {num_examples} fixed.\n              indented\n            """\n        )',
    '    else:\n        instruction = dedent(\n            f"""\n            - {num_examples} varying.\n            """\n        )',
    "\ndef example_instruction():",
    '    prompt = dedent(f"""no""")',
  ].join("\n");

  it("takes the two templates, without their common indentation", () => {
    expect(parseOriginal(source, "fixed")).toBe("\n- {num_examples} fixed.\n  indented\n");
    expect(parseOriginal(source, "varying")).toBe("\n- {num_examples} varying.\n");
  });

  it("is an error for another file", () => {
    expect(() => parseOriginal("print()", "fixed")).toThrow("prompt.py: expected two templates");
  });
});

describe("the original's wording", () => {
  const shared = part("shared");
  const serve = (content: Uint8Array | string, status = 200) => {
    const urls: string[] = [];
    const fetch = async (url: unknown) => {
      urls.push(String(url));
      return new Response(content as string, { status });
    };
    return { urls, deps: { fetch: fetch as typeof globalThis.fetch, log: () => {} } };
  };

  const kept = projectFolders.original;
  let folder = "";
  beforeEach(() => {
    folder = tempFolder();
    projectFolders.original = join(folder, "original");
    return () => {
      projectFolders.original = kept;
    };
  });

  it.skipIf(shared === null)(
    "is fetched once at the pinned commit, verified, and kept",
    async () => {
      const source = readFileSync(join(shared ?? "", "original/prompt.py"));
      const { urls, deps } = serve(source);
      for (const options of ["fixed", "varying", "varying"] as const) {
        const text = await loadInstruction("original", { options }, 5, deps);
        expect(text).toContain("- You are creating 5 more examples");
        expect(text.includes("the same options")).toBe(options === "fixed");
      }
      expect(urls).toHaveLength(1);
      expect(urls[0]).toMatch(
        /^https:\/\/raw\.githubusercontent\.com\/microsoft\/llm-data-creation\/[0-9a-f]{40}\/.*prompt\.py$/,
      );
      expect(readFileSync(join(projectFolders.original, promptFile.path))).toEqual(source);
    },
  );

  it.skipIf(shared === null).each([
    ["changed", (source: string) => source.replace("different", "similar")],
    ["cut", (source: string) => source.slice(0, -1)],
    ["empty", () => ""],
  ])("is an error where the file that lies there is %s", async (_, change) => {
    const path = join(projectFolders.original, promptFile.path);
    mkdirSync(projectFolders.original, { recursive: true });
    const source = readFileSync(join(shared ?? "", "original/prompt.py"), "utf8");
    writeFileSync(path, source);
    const load = () => loadInstruction("original", { options: "fixed" }, 5, noNetwork);
    await expect(load()).resolves.toContain("creating 5 more examples");
    writeFileSync(path, change(source));
    await expect(load()).rejects.toThrow(`${path}: expected the original's file (git blob`);
  });

  it.each([
    ["another file", "def system_instruction(): pass", 200, "expected git blob"],
    ["no file", "not here", 404, "status 404"],
  ])("is an error and leaves nothing where there is %s", async (_, content, status, message) => {
    const { deps } = serve(content, status);
    await expect(loadInstruction("original", { options: "fixed" }, 5, deps)).rejects.toThrow(
      message,
    );
    expect(existsSync(join(projectFolders.original, promptFile.path))).toBe(false);
    const left = readdirSync(folder, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });
});
