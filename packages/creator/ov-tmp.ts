import { readFileSync } from "node:fs";
import { openRandom } from "@seedling/core";
import { openOverlapping } from "./src/memory/overlapping.ts";
import { toEdited, toQuestion } from "./test/questions.ts";

const cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1000;
};
const load = (f: string, k = "question") =>
  readFileSync(`/work/shared/benchmarks/${f}.jsonl`, "utf8")
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l)[k] as string);
const items = [
  "yesno_close/creak/dev",
  "yesno_close/creak/test",
  "mcqa_5/csqa/test",
  "mcqa_5/csqa/dev",
  "yesno_close/boolq/dev",
  "yesno_close/boolq/test",
  "yesno_close/strategyqa/dev",
  "yesno_close/strategyqa/test",
  "mcqa_2/piqa/dev",
  "mcqa_2/piqa/test",
  "mcqa_2/winogrande/dev",
  "mcqa_2/winogrande/test",
].flatMap((f) => load(f));
const run = (name: string, it: string[], q: string[]) => {
  let t = cpu();
  const f = openOverlapping(it, 0.7);
  const o = cpu() - t;
  for (const x of q.slice(0, 300)) f(x);
  t = cpu();
  let h = 0;
  (globalThis as any).nc = 0;
  for (const x of q) if (f(x)) h++;
  console.log(
    (globalThis as any).nc / q.length,
    name,
    it.length,
    "open ms",
    o.toFixed(0),
    "find us",
    (((cpu() - t) / q.length) * 1e3).toFixed(1),
    "hits",
    h,
    "of",
    q.length,
  );
};
const r = openRandom("o");
run("creak", items, load("yesno_close/creak/train"));
run("boolq", items, load("yesno_close/boolq/train"));
run("wino", items, load("mcqa_2/winogrande/train"));
run(
  "synthetic",
  Array.from({ length: 6000 }, () => toQuestion(r)),
  Array.from({ length: 2000 }, () => toQuestion(r)),
);
const ctx = [
  "yesno_open/boolq/dev",
  "yesno_open/boolq/test",
  "yesno_open/pubmedqa/dev",
  "yesno_open/pubmedqa/test",
].flatMap((f) => load(f, "context"));
run("contexts boolq/pubmed", ctx, load("yesno_open/pubmedqa/train", "context"));
console.log(ctx.reduce((s, x) => s + x.length, 0) / ctx.length);
run("contexts boolq/pubmed", ctx, [
  ...load("yesno_open/pubmedqa/train", "context"),
  ...load("yesno_open/pubmedqa/train", "context"),
  ...load("yesno_open/pubmedqa/train", "context"),
  ...load("yesno_open/pubmedqa/train", "context"),
  ...load("yesno_open/pubmedqa/train", "context"),
  ...load("yesno_open/pubmedqa/train", "context"),
]);
