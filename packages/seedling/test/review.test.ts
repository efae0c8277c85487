import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { readOwnTask } from "@seedling/core/internal";
import { runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { readTexts } from "../src/review/read-texts.ts";
import { openTextReview } from "../src/review/review-texts.ts";
import { review } from "../src/review.ts";
import { makeCreation } from "./made-creation.ts";

const task = JSON.stringify({ options: ["yes", "no"], instruction: "Is it about money?" });
const example = JSON.stringify({ question: "A bill.", options: ["yes", "no"], label: "yes" });
const toLine = (question: string, label: string) =>
  JSON.stringify({ question, context: null, options: ["yes", "no"], label });

/** A task's folder with texts beside it. */
const makeTask = (files: Record<string, string> = {}) =>
  tempFolder({ "task.json": task, "example.json": example, ...files });

/** Runs the command until its page is there, asks the page, and interrupts it. */
async function use(
  args: readonly string[],
  cwd: string,
  ask: (call: (name: string, body: unknown) => Promise<Response>) => Promise<void> = async () => {},
) {
  let isUsed = false;
  return runProgram(review, args, {
    ...{ cwd, waits: true },
    onOutput(out, interrupt) {
      const url = /http:\S+/.exec(out)?.[0];
      if (isUsed || !url || !out.includes("Ctrl-C")) return;
      isUsed = true;
      const headers = { "Content-Type": "application/json" };
      const call = (name: string, body: unknown) =>
        fetch(url + name, { method: "POST", headers, body: JSON.stringify(body) });
      ask(call).finally(interrupt);
    },
  });
}

describe("review", () => {
  it("prints an address, keeps what is said, and ends by an interrupt with what came of it", async () => {
    const folder = makeCreation();
    const cwd = join(folder, "../../../../..");
    const { code, out, err } = await use(
      ["support/tree/ab", "--results", "results"],
      cwd,
      async (call) => {
        const filter = { search: "number 1", from: "created", label: "", reason: "" };
        const rest = { agreement: "", depth: "", state: "", order: "" };
        const listed = await call("list", { filter: { ...filter, ...rest }, offset: 0, limit: 1 });
        const { rows } = (await listed.json()) as { rows: { id: string }[] };
        await call("act", { id: rows[0]?.id, act: { do: "delete" } });
      },
    );
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n")).toEqual([
      folder,
      "Open in a browser on this machine (the address is a key: share it with nobody):",
      expect.stringMatching(/^ {2}http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{48}\/$/),
      "Ctrl-C ends the review; everything is saved at once.",
      "",
      `1 of 12 examples reviewed, 1 changed (0 in text or label, 1 deleted, 0 rejected ones taken in): ${folder}/review.jsonl`,
      "The experiment's own command trains on them as they are now, in a row of its own.",
      "",
    ]);
    expect(existsSync(join(folder, "review.lock.json"))).toBe(false);
    const url = /http:\S+/.exec(out)?.[0] ?? "";
    await expect(fetch(url)).rejects.toThrow();
  });

  it("labels own texts as a task's test split, and goes on where it stopped", async () => {
    const folder = makeTask({
      "mine.txt": "Where is my money?\n\n  A parrot.\r\nWhere is my money?\nA cat.\n",
      "test.jsonl": `${toLine("Somebody else's.", "no")}\n`,
    });
    const label =
      (text: string, label: string) =>
      async (call: Parameters<Parameters<typeof use>[2] & {}>[0]) => {
        const filter = { search: text, from: "", label: "", reason: "" };
        const rest = { agreement: "", depth: "", state: "open", order: "" };
        const listed = await call("list", { filter: { ...filter, ...rest }, offset: 0, limit: 9 });
        const { rows } = (await listed.json()) as { rows: { id: string }[] };
        await call("act", { id: rows[0]?.id, act: { do: "label", label } });
      };
    const first = await use(["mine.txt", "--as", "test"], folder, label("parrot", "no"));
    expect(first.out).toContain(`3 texts of ${folder}/mine.txt, for the task in ${folder}`);
    expect(first.out).toContain("1 of 3 texts labelled, 2 test examples in");
    expect(first.out).toContain(
      "Label 50 or more: the accuracy on real texts is the only one to trust",
    );
    const elsewhere = tempFolder();
    renameSync(join(folder, "mine.txt"), join(elsewhere, "mine.txt"));
    const args = ["mine.txt", "--as", "test", "--task", folder];
    const second = await use(args, elsewhere, label("money", "yes"));
    expect(second.out).toContain("2 of 3 texts labelled, 3 test examples in");
    expect(readFileSync(join(folder, "test.jsonl"), "utf8")).toBe(
      `${[toLine("Somebody else's.", "no"), toLine("A parrot.", "no"), toLine("Where is my money?", "yes")].join("\n")}\n`,
    );
  });

  it.each<[string[], string]>([
    [["nowhere"], "expected a creation's folder, got nowhere"],
    [["x", "--results", "none"], "--results: no folder"],
    [["x", "--as", "train"], "expected test"],
    [["x", "--as", "test"], "--as test: expected a file of texts, got x"],
    [["mine.txt", "--as", "test"], "--as test: expected the task's folder, with its task.json"],
    [["mine.txt", "--as", "test", "--task", "none"], "no folder"],
    [["csv/mine.txt", "--as", "test"], "as test.jsonl or none, got"],
    [["x", "--port", "70000"], "expected a whole number"],
    [["x", "--sample", "0"], "expected a whole number from 1 on"],
    [[], "missing required argument 'run'"],
  ])("%j is refused", async (args, message) => {
    const csv = { "csv/task.json": task, "csv/mine.txt": "A.\n", "csv/test.csv": "text,label\n" };
    const cwd = tempFolder({ "mine.txt": "A text.\n", ...csv, "csv/example.json": example });
    const { code, err } = await runProgram(review, args, { cwd });
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe("own texts", () => {
  async function open(folder: string, name = "mine.txt") {
    const task = { ...(await readOwnTask(folder)), folder };
    const opened = openTextReview(readTexts(join(folder, name), task), task);
    onTestFinished(opened.close);
    const filter = { search: "", from: "", label: "", reason: "", agreement: "" } as const;
    const all = { ...filter, depth: "", state: "", order: "" } as const;
    const list = () => opened.calls.list({ filter: all, offset: 0, limit: 100 }).rows;
    const label = (place: number, label: string) =>
      opened.calls.act({ id: list()[place]?.id ?? "", act: { do: "label", label } });
    return { ...opened, list, label };
  }

  it("keep other lines of test.jsonl to the byte, whatever is labelled and taken back", async () => {
    const other = '{"label":"no",  "question":"B.", "options":["no","yes"], "more":1}';
    const folder = makeTask({ "mine.txt": "A.\nB.\nC.\n", "test.jsonl": other });
    const { list, label, calls } = await open(folder);
    const read = () => readFileSync(join(folder, "test.jsonl"), "utf8");
    expect(list().map((row) => row.label)).toEqual([null, "no", null]);
    label(2, "yes");
    expect(read()).toBe(`${other}\n${toLine("C.", "yes")}\n`);
    label(2, "no");
    expect(read()).toBe(`${other}\n${toLine("C.", "no")}\n`);
    calls.undo({});
    calls.undo({});
    expect(read()).toBe(`${other}\n`);
    expect(calls.undo({}).row).toBeNull();
    label(0, "yes");
    calls.act({ id: list()[0]?.id ?? "", act: { do: "delete" } });
    expect(read()).toBe(`${other}\n`);
    expect(() => label(0, "maybe")).toThrow("expected one of the labels");
    expect(() => calls.act({ id: list()[0]?.id ?? "", act: { do: "accept" } })).toThrow(
      "own texts",
    );
  });

  it("are not written over what another program wrote meanwhile, nor by two pages at once", async () => {
    const folder = makeTask({ "mine.txt": "A.\n" });
    const { label } = await open(folder);
    await expect(open(folder)).rejects.toThrow("another process");
    renameSync(join(folder, "mine.txt"), join(folder, "test.jsonl"));
    expect(() => label(0, "yes")).toThrow("was changed by another program");
    expect(readFileSync(join(folder, "test.jsonl"), "utf8")).toBe("A.\n");
  });

  it.each<[string, string, string[]]>([
    ["a.TXT", "\uFEFFOne.\r\n\n Two, \u2028 still two.\n", ["One.", "Two, \u2028 still two."]],
    ["a.jsonl", '{"text":"One."}\n{"question":"Two.","context":"C"}\n', ["One.", "Two."]],
    ["a.csv", 'id,Text\n1,"One, ""quoted""."\n2,Two.\n', ['One, "quoted".', "Two."]],
    ["a.TSV", "text\tlabel\nOne.\tno\n", ["One."]],
    ["a.json", '[{"text":"One."},{"text":"Two."}]', ["One.", "Two."]],
  ])("of %s are read", async (name, text, expected) => {
    const folder = makeTask({ [name]: text });
    expect((await open(folder, name)).list().map(({ question }) => question)).toEqual(expected);
  });

  it.each<[string, string, string]>([
    ["a.txt", "\n \n", "expected texts, got none"],
    ["a.jsonl", '{"label":"x"}\n', "a.jsonl:1: expected question or text"],
    ["a.jsonl", '{"text":"A."}\n{"text":3}\n', "a.jsonl:2: expected a text"],
    ["a.jsonl", "A text.\n", "a.jsonl:1: expected"],
    ["a.csv", "id\n1\n", "a.csv:1: expected question or text, got the columns"],
  ])("of %s with %j are refused", async (name, text, error) => {
    const folder = makeTask({ [name]: text });
    await expect(open(folder, name)).rejects.toThrow(error);
  });

  it("need a test.jsonl that can be read", async () => {
    const folder = makeTask({ "mine.txt": "A.\n", "test.jsonl": '{"question":"x"}\n' });
    await expect(open(folder)).rejects.toThrow("test.jsonl:1: expected");
    expect(existsSync(join(folder, "review.lock.json"))).toBe(false);
  });
});
