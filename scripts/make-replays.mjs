// Copies the creations of a results folder to data/replays/<task>/<setting> (with creation seeds above 1 <setting>-<seed>),
// or below TO, without a row of a benchmark: the formatting example becomes its hash, and what a reply repeats of it, word
// for word, becomes its place in there. `node scripts/make-replays.mjs RESULTS [TO]`
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The fewest characters that are named by their place. */
const leastSlice = 24;

const [results, target = join(import.meta.dirname, "../data/replays")] = process.argv.slice(2);
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
  const {
    kept,
    target: planned,
    task,
    source,
  } = ended ? JSON.parse(readFileSync(ended, "utf8")) : {};
  if (!kept) {
    console.log(`${folder}: left out, it is not finished`);
    continue;
  }
  const [example, journal] = ["example.jsonl", "journal.jsonl"].map((name) =>
    readFileSync(join(folder, name), "utf8"),
  );
  const lines = journal.trimEnd().split("\n");
  const cut = lines.map((line) => {
    const reply = JSON.parse(line);
    return `${JSON.stringify({ ...reply, text: nameSlices(reply.text, example) })}\n`;
  });
  const recorded = JSON.parse(readFileSync(join(folder, "flags.json"), "utf8"));
  const flags = {
    ...recorded,
    exampleSha256: createHash("sha256").update(example).digest("hex"),
    // A creation that was stopped is the same one with fewer examples.
    values: { ...recorded.values, ...(ended === partial && { examples: kept }) },
  };
  const { creationSeed } = recorded.values;
  const name = creationSeed === 1 ? source : `${source}-${creationSeed}`;
  const to = join(target, task.replaceAll("/", "-"), name);
  mkdirSync(to, { recursive: true });
  const files = {
    "flags.json": `${JSON.stringify(flags, null, 2)}\n`,
    "journal.jsonl": cut.join(""),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(to, name), text);
    bytes += Buffer.byteLength(text);
  }
  console.log(`${to}: ${kept} of ${planned} examples`);
}
console.log(`${Math.ceil(bytes / 1000)} kB`);

/** Replaces what a text shares with the example by what fillSlices (creator/src/llm) fills in. */
function nameSlices(text, example) {
  let named = "";
  for (let at = 0; at < text.length; ) {
    let [from, size] = [0, 0];
    const start = text.slice(at, at + leastSlice);
    for (
      let place = example.indexOf(start);
      place >= 0;
      place = example.indexOf(start, place + 1)
    ) {
      let length = 0;
      while (length < text.length - at && text[at + length] === example[place + length])
        length += 1;
      if (length > size) [from, size] = [place, length];
    }
    const isSlice = size >= leastSlice;
    named += isSlice ? `{{example ${from}+${size}}}` : text[at];
    at += isSlice ? size : 1;
  }
  return named;
}
