#!/usr/bin/env node
import { type Program, runProcess } from "@seedling/core/internal";

/** The commands of `seedling`, loaded when they are called. */
const commands: Record<string, () => Promise<Program>> = {
  new: async () => (await import("./new-task.ts")).newTask,
  run: async () => (await import("./experiment.ts")).experiment,
  predict: async () => (await import("./predict.ts")).predict,
  export: async () => (await import("./export.ts")).exportCommand,
  review: async () => (await import("./review.ts")).review,
  serve: async () => (await import("./serve.ts")).serve,
  threshold: async () => (await import("./threshold.ts")).threshold,
  compare: async () => (await import("./compare.ts")).compare,
  tables: async () => (await import("./tables.ts")).tables,
  doctor: async () => (await import("./doctor.ts")).doctor,
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
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return (await load())({ ...io, argv });
  const usage = `Usage: npx seedling <command> [options]\n\nCommands: ${Object.keys(commands).join(", ")}. npx seedling <command> --help lists its options.\n`;
  const asked = ["--help", "-h"].includes(name);
  (asked ? io.stdout : io.stderr).write(usage);
  return asked ? 0 : 2;
});
