import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { openOpenaiServer } from "../packages/testing/src/openai-server.ts";

// What the commands forecast and when they answer: node scripts/launch.mjs benchmark-commands. Requests that a dry run
// of the creator forecasts over those that are then asked, after kill -9 and for twice the examples; 1 is right. How
// long predict keeps the first line of an open stream waiting: 20 s, where it waits for more lines.

const folder = mkdtempSync(join(tmpdir(), "seedling-commands-"));
const task = join(folder, "reviews");
const results = join(folder, "results");
mkdirSync(task);
const example = { question: "The strap broke after a week.", context: null };
const options = ["positive", "negative"];
writeFileSync(join(task, "task.json"), JSON.stringify({ options }));
writeFileSync(
  join(task, "example.json"),
  JSON.stringify({ ...example, options, label: "negative" }),
);

const print = (what: string, value: number) =>
  console.log(`${what.padEnd(50)}${value.toFixed(2).padStart(8)}`);

let onRequest = () => {};
const server = await openOpenaiServer({ latency: () => 20, onRequest: () => onRequest() });

function start(entry: string, ...args: string[]): ChildProcessWithoutNullStreams {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "of-no-one" };
  return spawn(process.execPath, ["scripts/launch.mjs", entry, ...args], { env });
}

async function run(entry: string, ...args: string[]): Promise<string> {
  const child = start(entry, ...args);
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      out += chunk;
    });
  const [code, signal] = await new Promise<unknown[]>((end) =>
    child.on("close", (...how) => end(how)),
  );
  if (code !== 0)
    throw new Error(`${entry} ${args.join(" ")} ended with ${code ?? signal}: ${out}`);
  return out;
}

const toLine = (examples: number) =>
  `--data ${task} --setting tree --examples ${examples} --results ${results}`.split(" ");

/** Requests that a dry run forecasts, over those that the run then asks. */
async function compareForecast(examples: number): Promise<number> {
  const out = await run("creator", ...toLine(examples), "--dry-run");
  const forecast = Number(/about ([\d,]+) requests/.exec(out)?.[1]?.replaceAll(",", ""));
  const before = server.asked.length;
  await run("creator", ...toLine(examples));
  return forecast / (server.asked.length - before);
}

const killed = start("creator", ...toLine(300));
onRequest = () => server.asked.length < 40 || killed.kill("SIGKILL");
await new Promise((end) => killed.on("close", end));
onRequest = () => {};
print("forecast after a kill over what is asked", await compareForecast(300));
print("forecast for 600 over what is asked", await compareForecast(600));
await run("trainer", ...toLine(600));
await server.close();

const trainings = join(results, "trainings");
const facts = readdirSync(trainings, { recursive: true, encoding: "utf8" }).find((path) =>
  path.endsWith("classifier.json"),
);
const predict = start(
  "seedling",
  "predict",
  "--file",
  "-",
  "--classifier",
  join(trainings, dirname(facts ?? "")),
);
const answered = new Promise<void>((answer) => predict.stdout.once("data", () => answer()));
const line = `${JSON.stringify({ question: example.question })}\n`;
const before = performance.now();
predict.stdin.write(line);
await Promise.race([answered, setTimeout(20_000, undefined, { ref: false })]);
print("seconds that predict keeps a stream's first line", (performance.now() - before) / 1000);
predict.stdin.end();
await new Promise((end) => predict.on("close", end));
rmSync(folder, { recursive: true });
