import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { createExamples } from "../src/create/create-examples.ts";
import { renderFunnel } from "../src/run/summary.ts";
import { choice, toSaid } from "./shapes.ts";
import { toState } from "./views.ts";

const said = [
  { Question: "a", Options: ["cork", "nail", "stone"], Answer: "B" },
  { Question: "b", Choices: { A: "cork", B: "nail", C: "stone" }, Answer: "c" },
  { Question: "c", Options: ["cork", "nail", "stone"], Answer: "nail" },
  { Question: "a", Options: ["cork", "nail", "stone"], Answer: "C" },
  { Question: "d", Options: ["cork", "nail", "stone"], Answer: "Stone." },
];

it("kept examples are counted by the rules that read them, which their lineage names", async () => {
  const folder = tempFolder();
  const creation = createExamples({
    example: choice.formatting,
    options: "varying",
    target: 4,
    chat: async () => toSaid(JSON.stringify(said)),
    folder,
    allowShort: true,
  });
  const answers: string[] = [];
  for await (const { example } of creation) answers.push(example.options[example.label] ?? "");
  expect(answers).toEqual(["nail", "stone", "nail", "stone"]);
  expect(creation.state.readings).toEqual({
    "read by letter": 2,
    "read by another key": 1,
    "read options from an object": 1,
    "read in other case": 1,
  });
  const read = (name: string) =>
    readFileSync(join(folder, name), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  expect(read("lineage.jsonl").map(({ readBy }) => readBy)).toEqual([
    ["read by letter"],
    ["read by another key", "read options from an object", "read by letter"],
    undefined,
    ["read in other case"],
  ]);
  for (const example of read("created.jsonl"))
    expect(Object.keys(example)).toEqual(["question", "context", "options", "label"]);
});

it("the counts stand below the yield funnel", () => {
  const state = toState({ readings: { "read by letter": 12, "read in another order": 3 } });
  const lines = renderFunnel(state, { creating: null, checking: null }, "fixed").split("\n");
  expect(lines.at(-1)).toBe("  12 read by letter, 3 read in another order");
});
