import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type CreationManifest,
  createRandom,
  creationFiles,
  creationManifestSchema,
  type DownloadDependencies,
  decodeUtf8,
  type Example,
  ExpectedError,
  endings,
  isCreated,
  isOfForm,
  loadSplit,
  parseExample,
  parseExamples,
  parseLine,
  type Run,
  readManifest,
  renderTexts,
  sha256,
  sources,
  toCreationFolder,
  toLines,
  toMessage,
} from "@seedling/core/internal";

/** All examples of a run, before a fraction and a dev split are taken. */
export interface Pool {
  examples: Example[];
  /** How many were wanted: more than there are if creation stopped short. */
  target: number;
  /** Human examples among them, mixed in by `--add-human`. */
  human: number;
  /** Whether every benchmark file that was read is the original's. */
  verified: boolean;
  /** null for what was not created. */
  creation: CreationManifest | null;
}

/** Loads a run's examples, created, human or from a file, with human ones mixed in. */
export async function loadPool(run: Run, deps: DownloadDependencies): Promise<Pool> {
  const pool = isCreated(run.source)
    ? await loadCreated(run)
    : sources[run.source].isHuman
      ? await loadHuman(run, deps)
      : await loadFile(run);
  return run.flags.addHuman === null ? pool : mixHuman(pool, run.flags.addHuman, run, deps);
}

/** Reads the manifest of a run's creation, if it can be trained on: a partial one by `--allow-short`. */
export async function readUsableCreation(run: Run): Promise<CreationManifest | null> {
  const read = (ending: "done" | "partial") =>
    readManifest(join(toCreationFolder(run), endings[ending]), creationManifestSchema);
  return (await read("done")) ?? (run.flags.allowShort ? await read("partial") : null);
}

async function loadCreated(run: Run): Promise<Pool> {
  const folder = toCreationFolder(run);
  const creation = await readUsableCreation(run);
  if (!creation)
    throw new ExpectedError(`${folder}: expected created examples; run the creator first`);
  const path = join(folder, creationFiles.created);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ExpectedError(`expected examples in ${path}: ${toMessage(cause)}`, { cause });
  });
  const written = creation.outputs[creationFiles.created];
  if (written !== undefined && sha256(bytes) !== written)
    throw new ExpectedError(
      `${path}: expected the file as its creation wrote it, got another: give --created ${path} to train on it as it is, or remove the manifest.json in its folder to process the creation's journal again`,
    );
  const examples = parseExamples(decodeUtf8(bytes, path), path);
  if (examples.length !== creation.kept)
    throw new ExpectedError(
      `${folder}: expected ${creation.kept} examples in created.jsonl, got ${examples.length}; remove the folder's manifest.json to process its journal again`,
    );
  const { target, data } = creation;
  return { examples, target, human: 0, verified: data.verified, creation };
}

async function loadHuman(
  { task, data, flags, seeds }: Run,
  deps: DownloadDependencies,
): Promise<Pool> {
  const { examples, verified, path } = await loadSplit(task, "train", data, deps);
  const common = { human: 0, verified, creation: null };
  if (flags.examples === null) return { ...common, examples, target: examples.length };
  checkEnough(examples, flags.examples, "--examples", path);
  const drawn = createRandom("human examples", task.name, seeds.creation).shuffled(examples);
  return { ...common, examples: drawn.slice(0, flags.examples), target: flags.examples };
}

/** The examples of `--created`, or the first of them. */
async function loadFile({ task, flags }: Run): Promise<Pool> {
  const path = flags.created ?? "";
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new ExpectedError(`--created: cannot read ${path}: ${toMessage(error)}`);
  });
  const all: Example[] = [];
  for (const { line, number } of toLines(decodeUtf8(bytes, path))) {
    const where = `${path}:${number}`;
    const example = parseExample(parseLine(line, where), where);
    if (task.labels && !isOfForm(example, { ...task, context: false }))
      throw new ExpectedError(
        `${where}: expected the options ${renderTexts(task.labels)} of ${task.name}, got ${renderTexts(example.options)}`,
      );
    all.push(example);
  }
  if (all.length === 0)
    throw new ExpectedError(`--created: expected examples in ${path}, got none`);
  const target = flags.examples ?? all.length;
  checkEnough(all, target, "--examples", path);
  const examples = all.slice(0, target);
  return { examples, target, human: 0, verified: true, creation: null };
}

/** Mixes examples of the human train split into a pool; the train seed draws them and the order. */
async function mixHuman(
  pool: Pool,
  human: number,
  { task, data, seeds }: Run,
  deps: DownloadDependencies,
): Promise<Pool> {
  const { examples, verified, path } = await loadSplit(task, "train", data, deps);
  checkEnough(examples, human, "--add-human", path);
  const drawn = createRandom("added human examples", task.name, seeds.train).shuffled(examples);
  const random = createRandom("mix", task.name, seeds.train);
  return {
    ...pool,
    examples: random.shuffled([...pool.examples, ...drawn.slice(0, human)]),
    target: pool.target + human,
    human,
    verified: pool.verified && verified,
  };
}

function checkEnough(examples: readonly Example[], n: number, flag: string, path: string): void {
  if (n > examples.length)
    throw new ExpectedError(`${path}: expected ${n} examples (${flag}), got ${examples.length}`);
}
