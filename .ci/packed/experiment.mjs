// The experiment as a command of somebody who installed the packages: a task folder of their own, human examples.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const texts = {
  billing: (n) => `My invoice number ${n} charges the wrong amount of money.`,
  delivery: (n) => `The parcel ${n} with my order was never delivered to my house.`,
};
const options = Object.keys(texts);
const rows = (from, to) =>
  Array.from({ length: to - from }, (_, i) => {
    const label = options[i % 2];
    return { question: texts[label](from + i), context: null, options, label };
  });

const folder = mkdtempSync(join(tmpdir(), "seedling-packed-"));
try {
  const files = {
    "task.json": JSON.stringify({ options }),
    "example.json": JSON.stringify(rows(0, 1)[0]),
    "train.jsonl": rows(0, 40).map((row) => `${JSON.stringify(row)}\n`),
    "test.jsonl": rows(40, 60).map((row) => `${JSON.stringify(row)}\n`),
  };
  mkdirSync(join(folder, "mine"));
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, "mine", name), [text].flat().join(""));
  const bin = resolve("node_modules/@seedling/seedling/dist/bin.js");
  const args = [bin, "experiment", "--data", "./mine", "--setting", "human"];
  const { INIT_CWD: _, npm_lifecycle_event: __, ...env } = process.env;
  const ended = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
  console.log(process.version, ended.stdout, ended.stderr);
  const written = existsSync(join(folder, "results/tables/table3.md"));
  const right = /mine \(20 test items, best constant 50\.0 %\): .*human[^;]* (\d+)\.\d % /.exec(
    ended.stdout,
  );
  if (ended.status !== 0 || ended.stderr !== "" || !written || !(Number(right?.[1]) >= 80))
    process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
