#!/usr/bin/env node
import { type Program, runProcess } from "@seedling/core/internal";

/** The commands of `seedling`, loaded when they are called. */
const commands: Record<string, () => Promise<Program>> = {
  experiment: async () => (await import("./experiment.ts")).experiment,
  "new-task": async () => (await import("./new-task.ts")).newTask,
  predict: async () => (await import("./predict.ts")).predict,
  export: async () => (await import("./export.ts")).exportCommand,
  review: async () => (await import("./review.ts")).review,
  // Its name when it asked for labels alone.
  audit: async () => (await import("./review.ts")).review,
  serve: async () => (await import("./serve.ts")).serve,
  tables: async () => (await import("./tables.ts")).tables,
  doctor: async () => (await import("./doctor.ts")).doctor,
};

await runProcess(async (io) => {
  const [name = "", ...argv] = io.argv;
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return (await load())({ ...io, argv });
  const usage = `Usage: seedling <command> [options]\n\nCommands: ${Object.keys(commands).join(", ")}. seedling <command> --help lists its options.\n`;
  const asked = ["--help", "-h"].includes(name);
  (asked ? io.stdout : io.stderr).write(usage);
  return asked ? 0 : 2;
});
