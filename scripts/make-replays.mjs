// Copies the creations of a results folder to data/replays/<task>/<setting>, without a row of a benchmark: the formatting
// example becomes its hash. A creation whose replies repeat the example is left out. `node scripts/make-replays.mjs RESULTS`
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [results] = process.argv.slice(2);
if (!results || !existsSync(join(results, "creations"))) {
  console.error(`expected a results folder with creations, got ${results ?? "none"}`);
  process.exit(2);
}
const creations = join(results, "creations");
const folders = readdirSync(creations).flatMap((task) =>
  readdirSync(join(creations, task)).flatMap((setting) =>
    readdirSync(join(creations, task, setting)).map((id) => join(creations, task, setting, id)),
  ),
);
let bytes = 0;
for (const folder of folders) {
  const [manifest, partial] = ["manifest.json", "partial.json"].map((name) => join(folder, name));
  const ended = [manifest, partial].find(existsSync);
  const { kept, target, task, source } = ended ? JSON.parse(readFileSync(ended, "utf8")) : {};
  if (!kept) {
    console.log(`${folder}: left out, it is not finished`);
    continue;
  }
  const [example, journal] = ["example.jsonl", "journal.jsonl"].map((name) =>
    readFileSync(join(folder, name), "utf8"),
  );
  const { question, context } = JSON.parse(example.split("\n")[0]);
  const repeats = [question, context].some(
    (text) =>
      text && journal.includes(JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1)),
  );
  if (repeats) {
    console.log(`${folder}: left out, a reply repeats the formatting example`);
    continue;
  }
  const recorded = JSON.parse(readFileSync(join(folder, "flags.json"), "utf8"));
  // A creation that was stopped is the same one with fewer examples.
  const examples = ended === partial ? kept : target;
  const flags = {
    ...recorded,
    exampleSha256: createHash("sha256").update(example).digest("hex"),
    values: { ...recorded.values, examples },
  };
  const to = join(import.meta.dirname, "../data/replays", task.replaceAll("/", "-"), source);
  mkdirSync(to, { recursive: true });
  const files = { "flags.json": `${JSON.stringify(flags, null, 2)}\n`, "journal.jsonl": journal };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(to, name), text);
    bytes += Buffer.byteLength(text);
  }
  console.log(`${to}: ${kept} of ${target} examples`);
}
console.log(`${Math.ceil(bytes / 1000)} kB`);
