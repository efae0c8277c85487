import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type DownloadDependencies,
  decodeUtf8,
  download,
  ExpectedError,
  FlagError,
  gitBlobId,
  projectFolders,
  promptFile,
  readFollowed,
  type Task,
} from "@seedling/core/internal";
import { isListing, type Options } from "./prompt.ts";

/** The original's own placeholder for the number of examples. */
const placeholder = /\{num_examples\}/g;

/**
 * Loads the system instruction that asks for `count` further examples. What an own task says of itself
 * stands before our own wording only: the original's and a file's are taken as they are.
 * @param asksForLeaf whether each request names attributes that its examples have: our own wording then leaves room for them
 * @param which `own`, `original` (downloaded at the pinned commit, and verified whenever it is read), or a file's path
 * @throws ExpectedError if the original's file is another than expected
 */
export async function loadInstruction(
  which: string,
  { options, own }: Pick<Task, "options" | "own">,
  count: number,
  deps: DownloadDependencies,
  asksForLeaf = false,
): Promise<string> {
  const labels = own?.examples[0]?.options.length ?? 0;
  const about = isListing(options, labels) ? describeTask(own) : (own?.instruction ?? null);
  if (which === "own") return renderOwnInstruction(options, count, { about, labels, asksForLeaf });
  const template =
    which === "original"
      ? await loadOriginal(options, deps)
      : decodeUtf8(readFollowed(which), which);
  if (template.trim() === "") throw new FlagError(`--instruction ${which}: expected a text`);
  return template.replace(placeholder, String(count));
}

/**
 * Describes an own task to a language model: what it is, and what its labels mean, in the user's words.
 * @returns null: nothing is said of it, as of a benchmark
 */
export function describeTask(own: Task["own"]): string | null {
  const { instruction = null, descriptions = null } = own ?? {};
  const meanings = Object.entries(descriptions ?? {}).map(([label, text]) => `- ${label}: ${text}`);
  const about = meanings.length > 0 ? ["What the options mean:", ...meanings].join("\n") : null;
  return [instruction, about].filter((part) => part !== null).join("\n\n") || null;
}

/** What an instruction says besides how many examples are wanted. */
interface InstructionOptions {
  /** What the task is, in the user's words; null: nothing is said. */
  about?: string | null;
  /** How many fixed options there are: where they are not listed, a request asks for one of them. */
  labels?: number;
  /** Whether each request names attributes that its examples have. */
  asksForLeaf?: boolean;
}

/**
 * Asks for what the original asks for (another content, the same format and options, answers not
 * all alike), worded so that small models give one array of `count` objects.
 */
export function renderOwnInstruction(
  options: Options,
  count: number,
  { about = null, labels = 0, asksForLeaf = false }: InstructionOptions = {},
): string {
  const fixed = options === "fixed";
  const first = [
    ...(about === null ? [] : [about, ""]),
    `Write a JSON array of exactly ${count} new objects.`,
  ];
  const last = `Output only the JSON array with its ${count} objects.`;
  if (asksForLeaf)
    return [
      ...first,
      `Each object has the same keys${isListing(options, labels) ? ` and the same ${fixed ? "options" : "number of options"}` : ""} as the example, with new content.`,
      `The texts of the ${count} objects differ in everything that is not asked for below the example, from each other and from the example.`,
      fixed
        ? "The answer of each object must be correct."
        : "Exactly one option is right; the answer repeats that option word for word. The right option must not always stand at the same place.",
      last,
    ].join("\n");
  if (!isListing(options, labels))
    return [
      ...first,
      "Each object has the same keys as the example, with new content in the same style and length.",
      `The ${count} questions differ in subject and wording, from each other and from the example's.`,
      last,
    ].join("\n");
  return [
    ...first,
    fixed
      ? "Each object has the same keys and the same options as the example, with new content in the same style and length."
      : "Each object has the same keys and the same number of options as the example, with new content in the same style and length.",
    `Choose ${count} different subjects, far from the example's subject.`,
    fixed
      ? "Every question is one that these options answer. The answers must be correct and must not all be equal."
      : "Exactly one option is right; the answer repeats that option word for word. The right option must not always stand at the same place.",
    last,
  ].join("\n");
}

async function loadOriginal(options: Options, deps: DownloadDependencies): Promise<string> {
  const { path, blob } = promptFile;
  const to = join(projectFolders.original, path);
  const instead = `if you have the file, put it at ${to}`;
  await download({ path, blobId: blob, to, instead }, deps);
  const source = await readFile(to);
  const got = gitBlobId(source);
  if (got !== blob)
    throw new ExpectedError(
      `${to}: expected the original's file (git blob ${blob}), got a changed or cut one (${got}); remove it, and it is downloaded again`,
    );
  return parseOriginal(source.toString("utf8"), options);
}

/**
 * Parses the original's template for fixed or varying options, read out of prompt.py: the two `dedent`
 * blocks of `system_instruction`, in that order, with their common indentation removed.
 */
export function parseOriginal(source: string, options: Options): string {
  const body = source.split("def system_instruction")[1]?.split("\ndef ")[0] ?? "";
  const blocks = [...body.matchAll(/dedent\(\s*f"""([\s\S]*?)"""/g)];
  const block = blocks[options === "fixed" ? 0 : 1]?.[1];
  if (block === undefined)
    throw new ExpectedError("prompt.py: expected two templates in system_instruction");
  const lines = block.split("\n").map((line) => (line.trim() === "" ? "" : line));
  const indents = lines.filter(Boolean).map((line) => line.length - line.trimStart().length);
  return lines.map((line) => line.slice(Math.min(...indents))).join("\n");
}
