import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  findRecordings,
  paperSettings,
  projectFolders,
  recordingFiles,
  redact,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { findCreations, readText, runCreator } from "./run-creator.ts";

it("the bundled recordings are there for the five settings and direct of yesno_open/boolq, tree and direct of banking", async () => {
  const recordings = await findRecordings(projectFolders.recordings);
  const ofBoolq = recordings.filter(({ task }) => task === "yesno_open/boolq");
  const settings = ofBoolq.map(({ setting }) => setting);
  expect(settings.sort()).toEqual([...paperSettings, "direct"].sort());
  for (const { folder, task, data, setting, values } of recordings) {
    expect(data).toBe(task === "banking" ? "own" : "sample");
    if (setting !== "direct") expect(values.examples).toBeGreaterThanOrEqual(40);
    for (const file of Object.values(recordingFiles)) {
      const text = readFileSync(join(folder, file), "utf8");
      expect(redact(text)).toBe(text);
    }
  }
});

it("the bundled recordings replay at any concurrency, at least 40 examples each, no two alike", async () => {
  const cwd = tempFolder();
  const replay = async (results: string, concurrency: string) => {
    for (const [data, setting] of [
      ["boolq", "all"],
      ["banking", "tree"],
    ] as const) {
      const flags = ["--data", data, "--setting", setting, "--results", results];
      const { code, out, err } = await runCreator([...flags, "--concurrency", concurrency], {
        cwd,
      });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).not.toContain("failed");
    }
    const creations = findCreations(join(cwd, results));
    expect(creations).toHaveLength(paperSettings.length + 1);
    return creations.map((creation) => readText(creation, "created.jsonl"));
  };
  const created = await replay("one", "16");
  for (const text of created) expect(text.trim().split("\n").length).toBeGreaterThanOrEqual(40);
  expect(new Set(created).size).toBe(paperSettings.length + 1);
  expect(await replay("other", "1")).toEqual(created);
});

it("the bundled recordings do not start from an example that is evaluated on", async () => {
  for (const { folder, task, setting } of await findRecordings(projectFolders.recordings)) {
    if (setting === "direct") continue;
    const [test, dev] = ["test", "dev"].map((split) =>
      readFileSync(join(projectFolders.sample, task, `${split}.jsonl`), "utf8"),
    );
    const { question } = JSON.parse(readText(folder, recordingFiles.example));
    expect(`${test}${dev}`).not.toContain(JSON.stringify(question));
  }
});
