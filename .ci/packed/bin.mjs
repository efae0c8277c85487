// Each command of the bin in an empty folder, as somebody uses them who installed the packages and has no clone.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const bin = resolve("node_modules/.bin/seedling");
const folder = mkdtempSync(join(tmpdir(), "seedling-packed-"));
const { INIT_CWD: _, npm_lifecycle_event: __, ...env } = process.env;
env.XDG_CACHE_HOME = join(folder, "cache");
let made = 0;

/** Answers as an OpenAI-protocol server: four examples a reply. */
const server = createServer(async (request, response) => {
  for await (const _ of request);
  const objects = Array.from({ length: 4 }, () => {
    made += 1;
    const [label, text] = made % 2 ? ["billing", "invoice"] : ["delivery", "parcel"];
    return {
      Options: ["billing", "delivery"],
      Question: `My ${text} ${made} is wrong.`,
      Answer: label,
    };
  });
  const message = { role: "assistant", content: JSON.stringify(objects) };
  const choices = [{ index: 0, finish_reason: "stop", message }];
  const usage = { prompt_tokens: 100, completion_tokens: 100, total_tokens: 200 };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ id: "x", object: "chat.completion", model: "m", choices, usage }));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
env.OPENAI_BASE_URL = `http://127.0.0.1:${server.address().port}/v1`;

const tried = new Set();

/** Runs a command. @param visit is called once with the address that it prints, then the command is ended */
function run(args, { input = "", visit, expected = 0, env: own = env } = {}) {
  tried.add(args[0]);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env: own });
    let [out, err] = ["", ""];
    child.stdin.end(input);
    child.stderr.on("data", (text) => {
      err += text;
    });
    child.stdout.on("data", (text) => {
      out += text;
      const url = /http:\/\/127\.0\.0\.1:\S+/.exec(out)?.[0];
      if (!visit || !url || !out.includes("Ctrl-C")) return;
      visit(url).then(() => child.kill("SIGTERM"), reject);
      visit = undefined;
    });
    child.on("close", (code) => {
      if (code === expected && !/npm run/.test(out + err)) return resolve(out + err);
      reject(
        new Error(`${args.join(" ")}: ended with ${code}, expected ${expected}\n${out}${err}`),
      );
    });
  });
}

function check(holds, what) {
  if (!holds) throw new Error(`expected ${what}`);
}

try {
  const answers = [
    "fixed",
    "billing, delivery",
    "",
    "",
    "no",
    "My invoice is wrong.",
    "billing",
    "",
  ];
  const input = answers.map((line) => `${line}\n`).join("");
  check((await run(["new", "./reviews"], { input })).includes("npx seedling run "), "how to go on");
  const listed = [...(await run(["--help"])).matchAll(/^ {2}(\w+) +\w/gm)].map(([, name]) => name);
  const test = Array.from(
    { length: 10 },
    (_, i) => `The ${i % 2 ? "invoice" : "parcel"} ${i},${i % 2 ? "billing" : "delivery"}\n`,
  );
  writeFileSync(join(folder, "reviews/test.csv"), `text,label\n${test.join("")}`);
  const flags = ["--data", "./reviews", "--setting", "naive", "--examples", "20", "--model", "m"];
  const { OPENAI_BASE_URL, ...keyless } = env;
  const refused = await run(["run", ...flags.slice(0, -2)], { expected: 2, env: keyless });
  check(refused.includes("set OPENAI_API_KEY"), `what to set in ${refused}`);
  const said = await run(["run", ...flags, "--encoder", "bag-of-words"]);
  const training = /results\/trainings\/[^"\s]+\/classifier/.exec(said)?.[0];
  check(training, `a classifier's folder in ${said}`);
  const labelled = await run(["predict", training, "--text", "Where is my parcel?"]);
  check(labelled.includes('"label":"delivery"'), `delivery in ${labelled}`);
  await run(["serve", training, "--port", "0"], {
    async visit(url) {
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify({ inputs: "Where is my parcel?" });
      const [{ label }] = await (await fetch(url, { method: "POST", headers, body })).json();
      check(label === "delivery", `delivery, got ${label}`);
    },
  });
  const creation = join(
    "results/creations",
    readdirSync(join(folder, "results/creations"))[0],
    "naive",
  );
  const [id] = readdirSync(join(folder, creation));
  await run(["review", join(creation, id)], {
    visit: async (url) => check((await fetch(url)).status === 200, "the review's page"),
  });
  await run(["export", join(creation, id), "--to", "dataset", "--out", "dataset"]);
  check(readdirSync(join(folder, "dataset")).includes("README.md"), "a data set's card");
  await run(["export", training, "--to", "onnx"], { expected: 1 }); // words are no encoder
  await run(["export", training, "--to", "page", "--out", "page"]);
  const page = readFileSync(join(folder, "page/page.html"), "utf16le");
  check(
    /id="file-vocabulary" data-bytes="\d+">[\u3400-\ub3ff]+<.*"examples":\[\{/s.test(page),
    "a page with examples",
  );
  await run(["threshold", training, "--max-error", "0.3"]);
  await run(["tables"]);
  await run(["compare", "results", "results"]);
  check(
    (await run(["doctor"], { env: keyless })).includes("What a run needs is here"),
    "a machine that can run",
  );
  const untried = listed.filter((name) => !tried.has(name));
  check(listed.length > 0 && untried.length === 0, `each command tried, but for ${untried}`);
  const known = ["cache", "dataset", "page", "results", "reviews"];
  const extra = readdirSync(folder).filter((name) => !known.includes(name));
  check(extra.length === 0, `nothing else in the folder, got ${extra}`);
  console.log(process.version, "the bin in an empty folder");
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
}
