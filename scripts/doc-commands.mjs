// The commands that README.md and docs/ show: those of fences that open with `sh`, those behind a `$`, and those in the text.
// `node scripts/doc-commands.mjs FILE` prints the commands of its fences marked `run`, as one shell script.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(import.meta.dirname, "..");

/** The pages that people read first. */
export const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The lines of a page's fences: `info` is what stands behind the three backticks. */
export function listFences(page) {
  const fences = [];
  let open = null;
  readFileSync(join(root, page), "utf8")
    .split("\n")
    .forEach((text, i) => {
      const [, info] = /^```(.*)$/.exec(text) ?? [];
      if (info === undefined) open?.lines.push({ where: `${page}:${i + 1}`, text });
      else if (open) open = null;
      else {
        open = { info, lines: [] };
        fences.push(open);
      }
    });
  return fences;
}

/** Every command of a page, with its file and line. A line that ends with a backslash goes on. */
export function listCommands(page) {
  const fenced = listFences(page)
    .filter(({ info }) => info.split(" ")[0] === "sh")
    .flatMap(({ lines }) => joinLines(lines));
  const inText = readFileSync(join(root, page), "utf8")
    .split("\n")
    .flatMap((line, i) =>
      [...line.matchAll(/(?:`|^ {4}\$ )([^`]*(?:npm run|npx turbo run) [^`]*)(?:`|$)/g)].map(
        (match) => ({
          where: `${page}:${i + 1}`,
          text: String(match[1]),
        }),
      ),
    );
  return [...fenced, ...inText];
}

function joinLines(lines) {
  const joined = [];
  let start = null;
  for (const { where, text } of lines) {
    start = {
      where: start?.where ?? where,
      text: `${start?.text ?? ""}${text.replace(/\\$/, "")}`,
    };
    if (text.endsWith("\\")) continue;
    start.text = start.text.replace(/(^|\s+)#.*$/, "");
    if (start.text.trim()) joined.push(start);
    start = null;
  }
  return joined;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const page of process.argv.slice(2))
    for (const { info, lines } of listFences(page))
      if (info.split(" ").includes("run")) for (const { text } of lines) console.log(text);
