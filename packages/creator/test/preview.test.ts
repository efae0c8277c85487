import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openOpenaiServer, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { renderSent } from "../src/llm/sent.ts";
import { findCreation, runCreator } from "./run-creator.ts";

const task = {
  "task.json": '{"labels": {"billing": "about invoices", "delivery": "", "other": ""}}',
  "example.jsonl":
    '{"text": "Where is it?", "label": "delivery"}\n{"text": "Why so dear?", "label": "billing"}\n',
};

describe("--preview", () => {
  it("shows five with their blind answers, and the same command goes on and asks nothing twice", async () => {
    const server = await openOpenaiServer();
    onTestFinished(() => server.close());
    const cwd = tempFolder(task);
    const env = { OPENAI_BASE_URL: server.url };
    const line = `--data ./. --setting tree --examples 20 --results ${cwd}/results`.split(" ");
    const preview = await runCreator([...line, "--preview"], { cwd, env });
    expect(preview.code).toBe(0);
    expect(preview.out).toMatch(/ {2}5\. (billing|delivery|other); blind answer: /);
    const changed = preview.out.match(/^ {2}\d\. \w+; blind answer: \w+, now its label$/gm);
    expect(preview.out).toMatch(
      / {2}a preview: the same command without --preview goes on from here, and asks nothing twice\n$/,
    );
    const host = new URL(server.url).host;
    expect(preview.out).toContain(
      `  sent to ${host}, on this machine: the instruction, 2 formatting examples, created examples`,
    );
    const folder = findCreation(join(cwd, "results"));
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    const first = read("created.jsonl");
    expect(first.trim().split("\n")).toHaveLength(5);
    expect(JSON.parse(read("partial.json"))).toMatchObject({ stopped: "preview", kept: 5 });
    const lineage = read("lineage.jsonl").trim().split("\n");
    const isRelabelled = (line: string, i: number) =>
      JSON.parse(first.split("\n")[i] ?? "").label !== JSON.parse(line).created;
    expect(changed).toHaveLength(lineage.filter(isRelabelled).length);
    const previewed = server.asked.length;

    const whole = await runCreator(line, { cwd, env });
    expect(whole.code).toBe(0);
    expect(JSON.parse(read("manifest.json"))).toMatchObject({ stopped: null, kept: 20 });
    expect(read("created.jsonl").startsWith(first)).toBe(true);
    const keys = server.asked.map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(previewed);
    expect(new Set(keys).size).toBe(keys.length);
    const [system] = server.asked[0]?.body.messages ?? [];
    expect(system?.content).toContain("What the options mean:\n- billing: about invoices\n");
  });

  it("of a creation with its labels as created goes on with these, though answers are the default", async () => {
    const server = await openOpenaiServer();
    onTestFinished(() => server.close());
    const cwd = tempFolder(task);
    const env = { OPENAI_BASE_URL: server.url };
    const toLine = (results: string) =>
      `--data ./. --setting tree --examples 20 --results ${cwd}/${results}`.split(" ");
    const off = ["--relabel", "off"];
    const read = (results: string, name: string) =>
      readFileSync(join(findCreation(join(cwd, results)), name), "utf8");
    for (const more of [[...off, "--preview"], []]) {
      const { code, out } = await runCreator([...toLine("begun"), ...more], { cwd, env });
      expect(code).toBe(0);
      expect(out.includes("1 creation was begun with labels as created and keeps them")).toBe(
        more.length === 0,
      );
    }
    await runCreator([...toLine("whole"), ...off], { cwd, env });
    for (const name of ["created.jsonl", "lineage.jsonl"])
      expect(read("begun", name)).toBe(read("whole", name));
    expect(JSON.parse(read("begun", "manifest.json")).labelCheck).toBeNull();
    await runCreator(toLine("new"), { cwd, env });
    expect(JSON.parse(read("new", "manifest.json"))).toMatchObject({
      conditions: { relabel: 1 },
      labelCheck: { times: 1, relabelled: expect.any(Number) },
    });
  });

  it("asks nothing where no examples are created", async () => {
    const cwd = tempFolder({ ...task, "test.csv": "text,label\nHm?,other\n" });
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    const line = `--data ./. --setting direct --model m --preview --results ${cwd}/r`.split(" ");
    const { code, out } = await runCreator(line, { cwd, env });
    expect(code).toBe(0);
    expect(out).toContain("nothing to preview");
  });
});

describe("what leaves the machine", () => {
  const live = (baseUrl: string | null, file: string | null = null) =>
    renderSent(
      {
        ...{ kind: "live", model: "m", file },
        endpoint: baseUrl === null ? null : { baseUrl, official: false, apiKey: "sk-secret" },
      },
      "texts",
    );

  it.each([
    ["https://api.openai.com/v1", "  sent to api.openai.com: texts"],
    ["http://user:word@box.example:8080/v1?key=secret", "  sent to box.example:8080: texts"],
    ["http://localhost:1234/v1", "  sent to localhost:1234, on this machine: texts"],
  ])("to %s is said without what is secret", (url, expected) => {
    expect(live(url)).toBe(expected);
  });

  it("is nothing where a file answers, or nobody", () => {
    expect(live(null, "/m.gguf")).toBe(
      "  nothing leaves this machine: the model file answers here",
    );
    expect(live(null)).toBeNull();
    expect(renderSent(null, "texts")).toBeNull();
  });
});
