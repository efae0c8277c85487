// Compares what two versions' tests notice. Draws places in code that stands in another file than in the
// old version, or in a changed one; makes the same small mistake there, a condition negated, a bound
// shifted, a statement dropped; runs the new tests related to it, and the old ones where those notice
// nothing; prints who noticed. Exit code 1 if the old tests noticed what the new ones did not.
//
//   node scripts/mutate.mjs --old ../old-clone [--seed 1] [--count 60] [--package eval] [--list]
//
// --list prints the places alone. Both clones need their node_modules, and nothing that is not committed:
// each mistake is written into them and taken back.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import seedrandom from "seedrandom";
import { listFiles } from "./imports.mjs";
import { findPlaces } from "./mutation-places.mjs";

const { values } = parseArgs({
  options: {
    old: { type: "string" },
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "60" },
    package: { type: "string" },
    list: { type: "boolean", default: false },
  },
});
if (!values.old) throw new Error("expected --old, a clone of the old version");
const here = resolve(import.meta.dirname, "..");
const old = resolve(values.old);

/** Minutes after which tests that do not end count as having noticed. */
const patience = 10;

/** Whether the tests related to a file pass without a mistake, by package and file. */
const green = new Map();

// Kept alive, so that an interrupted test run's mistake is taken back.
process.on("SIGINT", () => {});

const changed = listChanged();
console.log(`${changed.length} places in moved or changed files stand in both versions`);
const drawn = draw(changed, Number(values.count), values.seed);
if (values.list) for (const { now, was } of drawn) console.log(`${show(now)}  <-  ${show(was)}`);
else process.exitCode = compare(drawn) ? 0 : 1;

/** The places that stand once in each version, in files that are not the same in both. */
function listChanged() {
  const before = readPlaces(old);
  const after = readPlaces(here);
  const pairs = [];
  for (const [key, now] of after) {
    const was = before.get(key);
    const isAsked = !values.package || now[0].file.startsWith(`packages/${values.package}/`);
    if (was?.length !== 1 || now.length !== 1 || !isAsked) continue;
    if (was[0].file === now[0].file && was[0].text === now[0].text) continue;
    pairs.push({ now: now[0], was: was[0] });
  }
  return pairs;
}

/** All places of a version by their keys. */
function readPlaces(root) {
  const byKey = new Map();
  for (const name of listPackageNames(root))
    for (const path of listFiles(join(root, "packages", name, "src"))) {
      if (!path.endsWith(".ts") || path.endsWith(".d.ts")) continue;
      const text = readFileSync(path, "utf8");
      const file = relative(root, path);
      for (const place of findPlaces(text, path))
        byKey.set(place.key, [...(byKey.get(place.key) ?? []), { ...place, root, file, text }]);
    }
  return byKey;
}

/** The packages that a version has, each after those that it imports. */
function listPackageNames(root) {
  const names = ["core", "creator", "trainer", "eval", "seedling"];
  return names.filter((name) => existsSync(join(root, "packages", name, "src")));
}

function draw(pairs, count, seed) {
  const random = seedrandom(`mutate ${seed}`);
  const left = [...pairs];
  const drawn = [];
  while (drawn.length < count && left.length > 0)
    drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
}

/** @returns whether the new tests noticed all that the old ones did */
function compare(drawn) {
  for (const root of [old, here]) {
    const dirty = execFileSync("git", ["status", "--porcelain", "packages"], { cwd: root });
    if (dirty.length > 0) throw new Error(`${root}: expected nothing that is not committed`);
  }
  console.log("| place | mistake | old tests | new tests |\n|---|---|---|---|");
  const missed = [];
  for (const { now, was } of drawn) {
    // What the new tests notice needs no asking of the old ones, which take longer.
    const byNew = isNoticed(now);
    const noticed = { now: byNew, old: byNew === "noticed" ? "not run" : isNoticed(was) };
    const isMissed = noticed.old === "noticed" && noticed.now !== "noticed";
    if (isMissed) missed.push(now);
    const mistake = `${now.kind}: ${now.text.slice(now.start, now.end).replaceAll(/\s+/g, " ")}`;
    console.log(
      `| ${show(now)} | \`${mistake.slice(0, 60).replaceAll("|", "\\|")}\` | ${noticed.old} | ${noticed.now}${isMissed ? " (!)" : ""} |`,
    );
  }
  console.log(`${missed.length} of ${drawn.length} are noticed by the old tests alone`);
  return missed.length === 0;
}

/** Makes a mistake, runs the related tests, and takes it back. */
function isNoticed({ root, file, text, start, end, replacement }) {
  const path = join(root, file);
  const packages = listPackageNames(root);
  for (const name of packages.slice(packages.indexOf(file.split("/")[1]))) {
    let failed = false;
    try {
      writeFileSync(path, text.slice(0, start) + replacement + text.slice(end));
      failed = fails(root, name, path);
    } finally {
      writeFileSync(path, text);
    }
    if (failed) return isGreen(root, name, path) ? "noticed" : "red without it";
  }
  return "not noticed";
}

function isGreen(root, name, path) {
  const key = JSON.stringify([name, path]);
  if (!green.has(key)) green.set(key, !fails(root, name, path));
  return green.get(key);
}

/** Whether a test of a package that imports a file fails; none may. */
function fails(root, name, path) {
  const { status, signal } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "related",
      path,
      "--run",
      "--bail=1",
      "--passWithNoTests",
    ],
    { cwd: join(root, "packages", name), stdio: "ignore", timeout: patience * 60_000 },
  );
  if (signal === "SIGINT" || status === 130) throw new Error("interrupted");
  return status !== 0;
}

function show({ file, line }) {
  return `${file}:${line}`;
}
