import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, parseCommandLine, repository } from "@seedling/core/internal";
import { runProgram } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { listCommands, listFences, pages } from "../../../scripts/doc-commands.mjs";
import { compare } from "../src/compare.ts";
import { doctor } from "../src/doctor.ts";
import { exportCommand } from "../src/export.ts";
import { newTask } from "../src/new-task.ts";
import { predict } from "../src/predict.ts";
import { review } from "../src/review.ts";
import { serve } from "../src/serve.ts";
import { tables } from "../src/tables.ts";
import { threshold } from "../src/threshold.ts";

const programs: Record<string, Program> = {
  compare,
  doctor,
  export: exportCommand,
  "new-task": newTask,
  predict,
  review,
  serve,
  tables,
  threshold,
};

const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));

const loadExperiment = async (name: string) =>
  JSON.parse(readFileSync(join(repository, `experiments/${name}.json`), "utf8"));

/** A command's words, by POSIX quoting. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/["']/g, ""));
}

/** What is wrong with a command; null: nothing. What is no command of this repository passes. */
async function findFault(text: string): Promise<string | null> {
  const words = splitWords(text).filter((_, i, all) => !isAssignment(all.slice(0, i + 1)));
  const [first, ...rest] = words[0] === "$" ? words.slice(1) : words;
  if (first === "node") return existsSync(join(repository, `${rest[0]}`)) ? null : `no ${rest[0]}`;
  const dashes = rest.indexOf("--");
  const args = dashes < 0 ? [] : rest.slice(dashes + 1).filter((word) => word !== "...");
  const isTurbo = first === "npx" && rest[0] === "turbo";
  if (!isTurbo && !(first === "npm" && rest[0] === "run")) return null;
  const name = isTurbo ? rest[1] === "run" && rest[2] : rest[1];
  if (name !== "experiment" && !(`${name}` in scripts)) return `no script ${name}`;
  if (name === "experiment") {
    const message = (error: unknown) => (error as Error).message;
    return parseCommandLine(args, loadExperiment).then(() => null, message);
  }
  const program = programs[`${name}`];
  if (!program) return null;
  const { out } = await runProgram(program, ["--help"]);
  const unknown = args.find((word) => /^--./.test(word) && !new RegExp(`${word}\\b`).test(out));
  return unknown ? `${name} has no ${unknown}` : null;
}

/** Whether the last of these words stands before the command and sets a variable. */
function isAssignment(words: readonly string[]): boolean {
  return words.every((word) => /^[A-Z_]+=/.test(word));
}

describe.each(pages)("%s", (page) => {
  it("shows commands that parse, with flags that exist", async () => {
    const faults: string[] = [];
    for (const { where, text } of listCommands(page))
      for (const command of text.split(" && ")) {
        const fault = await findFault(command.trim());
        if (fault) faults.push(`${where}: ${command.trim()}: ${fault}`);
      }
    expect(faults).toEqual([]);
  });
});

it.each([
  ["npm run experiment -- --data boolq --seting tree", "seting"],
  ["npm ci && OPENAI_API_KEY=... npx turbo run experiment -- --examples none", "--examples"],
  ["npm run predict -- --classifer x", "predict has no --classifer"],
  ["npm run auditt", "no script auditt"],
  ["node scripts/absent.mjs", "no scripts/absent.mjs"],
])("finds what is wrong in %j", async (text, part) => {
  const faults = await Promise.all(text.split(" && ").map(findFault));
  expect(faults.find((fault) => fault !== null)).toContain(part);
});

it("reads commands behind a prompt, too", () => {
  const commands = listCommands("docs/serve.md").map(({ text }) => text);
  expect(commands).toContain("npm run serve -- results/trainings/.../classifier --port 8080");
});

it("README has a fence that is marked run, for .ci/run", () => {
  const marked = listFences("README.md").filter(({ info }) => info.split(" ").includes("run"));
  expect(marked.flatMap(({ lines }) => lines).map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^npm ci && npm run experiment -- /),
  );
});
