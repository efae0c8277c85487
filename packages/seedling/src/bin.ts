#!/usr/bin/env node
import { type Program, runProcess } from "@seedling/core/internal";

/** The commands of `seedling`: what `--help` says of each, and the command, loaded when it is called. */
const commands: Record<string, [does: string, load: () => Promise<Program>]> = {
  new: [
    "starts a task's folder by asking a few questions",
    async () => (await import("./new-task.ts")).newTask,
  ],
  run: [
    "creates examples, trains classifiers on them, evaluates these",
    async () => (await import("./experiment.ts")).experiment,
  ],
  review: [
    "shows created examples, or texts of your own, in a page, to be labelled by hand",
    async () => (await import("./review.ts")).review,
  ],
  predict: [
    "labels a text, or the lines of a file",
    async () => (await import("./predict.ts")).predict,
  ],
  threshold: [
    "finds from which probability on labels hold what you promise",
    async () => (await import("./threshold.ts")).threshold,
  ],
  serve: [
    "serves a classifier by HTTP on this machine",
    async () => (await import("./serve.ts")).serve,
  ],
  export: [
    "writes a classifier or a creation in other forms: onnx, page, dataset",
    async () => (await import("./export.ts")).exportCommand,
  ],
  compare: [
    "compares two results folders: do they agree?",
    async () => (await import("./compare.ts")).compare,
  ],
  tables: [
    "writes the tables and the report of all results again",
    async () => (await import("./tables.ts")).tables,
  ],
  doctor: [
    "checks what this machine has and what the models need",
    async () => (await import("./doctor.ts")).doctor,
  ],
};

/** Names that commands have in a checkout, or had before. */
const otherNames: Record<string, string> = {
  "new-task": "new",
  experiment: "run",
  audit: "review",
};

await runProcess(async (io) => {
  const [given = "", ...argv] = io.argv;
  const name = Object.hasOwn(otherNames, given) ? String(otherNames[given]) : given;
  const [, load] = (Object.hasOwn(commands, name) && commands[name]) || [];
  if (load) return (await load())({ ...io, argv });
  const lines = Object.entries(commands).map(([one, [does]]) => `  ${one.padEnd(11)}${does}\n`);
  const usage = `Usage: npx seedling <command> [options]\n\n${lines.join("")}\nnpx seedling <command> --help lists its options.\n`;
  const asked = ["--help", "-h"].includes(name);
  if (asked) io.stdout.write(usage);
  else
    io.stderr.write(
      `expected a command, got ${given === "" ? "none" : JSON.stringify(given)}\n\n${usage}`,
    );
  return asked ? 0 : 2;
});
