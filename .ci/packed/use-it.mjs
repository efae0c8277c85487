// Trains and exports a classifier, then runs the examples of docs/use-it.md: node use-it.mjs PAGE ENCODER RUNTIME=PROGRAM...
// Those whose program is not given are left out.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { exportOnnx, trainClassifier } from "@seedling/trainer";

const [page, encoder, ...given] = process.argv.slice(2);
const options = ["billing", "delivery"];
const examples = Array.from({ length: 40 }, (_, i) => {
  const question = i % 2 ? `Where is the parcel ${i}?` : `The invoice ${i} is wrong.`;
  return { question, context: null, options, label: i % 2 };
});
const classifier = await trainClassifier(examples, { encoder, runtime: "tfjs", seed: 1 });
await classifier.save("classifier");
await classifier.dispose();
await exportOnnx("classifier", "my-classifier");
const bin = "node_modules/.bin/seedling";
const exported = ["export", "classifier", "--to", "page", "--out", "my-page"];
const { stderr: refusal } = spawnSync(process.execPath, [bin, ...exported], { encoding: "utf8" });
const isPage = existsSync("my-page/page.html") && statSync("my-page/page.html").size < 40e6;
console.log(`page: ${isPage ? "right" : `WRONG\n${refusal}`}`);
if (!isPage) process.exitCode = 1;
const text = readFileSync(page, "utf8");
for (const [, runtime, code] of text.matchAll(/^```\w+ (\w+)\n([\s\S]*?)^```/gm)) {
  const program = given.find((one) => one.startsWith(`${runtime}=`))?.slice(runtime.length + 1);
  if (!program) {
    console.log(`${runtime}: left out`);
    continue;
  }
  const file = `use-${runtime}.${runtime === "python" ? "py" : "mjs"}`;
  writeFileSync(file, code);
  const [command, ...args] = program.split(" ");
  const { status, stdout, stderr } = spawnSync(command, [...args, file], { encoding: "utf8" });
  const isRight = status === 0 && stdout.includes("delivery");
  console.log(
    `${runtime}: ${isRight ? "right" : `WRONG (${status})\n${stderr}`}`,
    stdout.slice(0, 200),
  );
  if (!isRight) process.exitCode = 1;
}
