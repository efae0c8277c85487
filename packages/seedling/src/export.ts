import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve, sep } from "node:path";
import {
  addRoot,
  type CommandContext,
  choice,
  command,
  FlagError,
  isFolder,
  lookUp,
  readAs,
  readHub,
  renderBytes,
  resultsOption,
  text,
} from "@seedling/core/internal";
import { exportOnnx } from "@seedling/trainer/internal";
import { type DatasetFormat, datasetForms } from "./export/dataset-table.ts";
import { exportDataset } from "./export/export-dataset.ts";
import { findGiven, type Given } from "./export/find-given.ts";
import { exportPage, pageFile } from "./export/page/export-page.ts";
import { isRepoName, type PushOptions, pushFolder } from "./export/push.ts";
import { writeModelCard } from "./export/write-model-card.ts";
import {
  addClassifierOptions,
  type ClassifierOptions,
  toLoadOptions,
} from "./predict/find-classifier.ts";

/** A file that was written, by its path in its folder; null: its size is not said. */
interface WrittenFile {
  path: string;
  bytes: number | null;
}

/** A form that a classifier or a creation can be exported in. */
interface Form {
  takes: Given;
  about: string;
  /** What it is on the hub; null: nothing, so that it is not pushed. */
  kind: PushOptions["kind"] | null;
  /** Of the flags that not all forms read, those that it does. */
  reads: readonly (keyof ExportOptions)[];
  /** Writes it. @returns its files, and what else is to be said */
  write: (
    from: string,
    to: string,
    options: ExportOptions,
    ctx: CommandContext,
  ) => Promise<{ files: WrittenFile[]; note?: string }>;
}

/** All forms by their names: `--to` of anything else says what there is. */
const forms: Record<string, Form> = {
  onnx: {
    takes: "classifier",
    about: "a folder for transformers.js and other ONNX runtimes",
    kind: "model",
    reads: ["encoder", "anyEncoder"],
    async write(from, to, options, ctx) {
      const load = { ...toLoadOptions(options, ctx), log: ctx.complain };
      const { files, isSingleText } = await exportOnnx(from, to, load);
      const note = isSingleText
        ? "A text is labelled by pipeline of transformers.js, a text with a context by its tokenizer and model: docs/export.md"
        : "Examples are labelled by tokenizer and model of transformers.js, as docs/export.md shows";
      const card = await writeModelCard(from, to, { isSingleText });
      const written = card ? [{ path: card, bytes: null }] : [];
      return { files: [...files, ...written], note };
    },
  },
  page: {
    takes: "classifier",
    about: "one HTML file that classifies what is typed, without a server or a network",
    kind: null,
    reads: ["encoder", "anyEncoder"],
    async write(from, to, options, ctx) {
      const load = { ...toLoadOptions(options, ctx), log: ctx.complain };
      const { bytes, exampleFile } = await exportPage(from, to, load);
      const examples = exampleFile
        ? `its examples are texts of ${exampleFile}`
        : "it has no examples: they come from a test set or a creation beside the training";
      return {
        files: [{ path: pageFile, bytes }],
        note: `A browser opens it from disk; ${examples}`,
      };
    },
  },
  dataset: {
    takes: "creation",
    about: "a data set in the hub's layout: Parquet, CSV or JSONL, with a card",
    kind: "dataset",
    reads: ["format", "license"],
    async write(from, to, { format, license }) {
      return {
        files: await exportDataset(from, to, {
          ...(format && { format }),
          ...(license && { license }),
        }),
      };
    },
  },
};

const formNames = Object.keys(forms);

interface ExportOptions extends Omit<ClassifierOptions, "threshold"> {
  to: string;
  out?: string;
  format?: DatasetFormat;
  license?: string;
  push?: string;
  public?: boolean;
  results?: string;
}

const licenseType = text.refine(
  (name) => /^[a-z0-9][a-z0-9.-]*$/.test(name),
  "expected a licence as the hub names it, such as cc-by-4.0",
);

const repoType = text.refine(
  isRepoName,
  "expected USER/NAME of Latin letters, digits, -, _ and single dots, 96 at most",
);

/** Writes what was made here in a form that other programs read. */
export const exportCommand = command<ExportOptions>({
  name: "export",
  about: "Makes of a trained classifier, or of a creation, what is used elsewhere.",
  define: (line) =>
    addClassifierOptions(
      line
        .argument(
          "<folder>",
          "a classifier's folder, or that of its training in results/; or a creation, as for review",
        )
        .requiredOption(
          "--to <form>",
          formNames
            .map((name) => `${name} (of a ${forms[name]?.takes}): ${forms[name]?.about}`)
            .join("; "),
          readAs(choice(...formNames)),
        )
        .option(
          "--out <dir>",
          "a new or empty folder (default: beside the classifier's, such as classifier-onnx, or in the creation's)",
        )
        .option(
          "--format <form>",
          "dataset: parquet, csv or jsonl (default: parquet)",
          readAs(choice(...(Object.keys(datasetForms) as DatasetFormat[]))),
        )
        .option(
          "--license <id>",
          "dataset: its licence as the hub names it, such as cc-by-4.0 (default: unknown)",
          readAs(licenseType),
        )
        .option(
          "--push <user/name>",
          "send it to the hub, too: a repository of this name is created private and gets one commit; HF_TOKEN is a token with write access, HF_ENDPOINT another hub. Without --out nothing is left here",
          readAs(repoType),
        )
        .option("--public", "with --push: make the repository public when all is there")
        .option(...resultsOption),
    ),
  async run(options, ctx, [given = ""]) {
    const form = forms[options.to] as Form;
    checkReads(options, form);
    const hub = openHub(options, form, ctx);
    const from = findForm(given, form, options, ctx);
    const isKept = hub === null || options.out !== undefined;
    const to = isKept ? chooseOut(from, form, options, ctx) : mkdtempSync(join(tmpdir(), "push-"));
    const clear = () => {
      if (!isKept) rmSync(to, { recursive: true, force: true });
      return `${options.to} is not whole${isKept ? `: ${to}` : ", and nothing of it is left here"}`;
    };
    const takeBack = ctx.onInterrupt(clear);
    try {
      const { files, note } = await form.write(from, to, options, ctx);
      ctx.log(isKept ? to : from);
      for (const { path, bytes } of files)
        ctx.log(bytes === null ? `  ${path}` : `  ${path}  ${renderBytes(bytes)}`);
      if (note) ctx.log(note);
      if (hub) {
        const names = files.map(({ path }) => path.split(sep).join("/"));
        ctx.log(await pushFolder(to, { ...hub, files: names }));
      }
    } finally {
      takeBack();
      clear();
    }
    return 0;
  },
});

/** Reads what a push takes; null: nothing is pushed. @throws FlagError before anything is written */
function openHub(
  { to, push, public: isPublic = false }: ExportOptions,
  { kind }: Form,
  ctx: CommandContext,
) {
  if (push === undefined) {
    if (isPublic) throw new FlagError("--public: expected --push USER/NAME with it");
    return null;
  }
  if (kind === null) {
    const pushed = formNames.filter((name) => forms[name]?.kind);
    throw new FlagError(`--push: expected --to ${pushed.join(" or ")}, got --to ${to}`);
  }
  const { base, token } = readHub(ctx.env);
  if (!token)
    throw new FlagError(
      `--push: expected a token with write access in HF_TOKEN; ${base}/settings/tokens makes one`,
    );
  const { fetch, signal, log } = ctx;
  return { repo: push, kind, token, endpoint: base, isPublic, fetch, signal, log };
}

/** Chooses the folder that is written to. @throws FlagError if it holds anything */
function chooseOut(
  from: string,
  { takes }: Form,
  { to, out }: ExportOptions,
  { folder }: CommandContext,
): string {
  const beside = takes === "creation" ? join(from, to) : `${from}-${to}`;
  const chosen = out ? resolve(folder, out) : beside;
  checkEmpty(chosen);
  return chosen;
}

/** Finds what a form takes. @throws FlagError if that is not there, or of another kind */
function findForm(
  given: string,
  { takes }: Form,
  options: ExportOptions,
  { folder }: CommandContext,
): string {
  addRoot(resolve(folder, given), options);
  const takers = (kind: Given) => formNames.filter((name) => forms[name]?.takes === kind);
  const wrong = (kind: Given) =>
    `--to ${options.to}: expected a ${takes}, got a ${kind}, ${given}, of which can be made: ${takers(kind).join(", ")}`;
  return findGiven(given, takes, { ...options, folder, wrong });
}

/** @throws FlagError for a flag that another form reads */
function checkReads(options: ExportOptions, { reads }: Form): void {
  for (const flag of Object.values(forms).flatMap((other) => other.reads)) {
    if (options[flag] === undefined || reads.includes(flag)) continue;
    const readers = formNames.filter((name) => forms[name]?.reads.includes(flag));
    throw new FlagError(
      `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: expected --to ${readers.join(" or ")} with it, got --to ${options.to}`,
    );
  }
}

/** @throws FlagError if there is anything that an export would mix with */
function checkEmpty(folder: string): void {
  if (!lookUp(folder)) return;
  const names = isFolder(folder) ? readdirSync(folder) : null;
  if (names?.length === 0) return;
  const holds = names ? `which holds ${names.slice(0, 3).join(", ")}` : "a file";
  throw new FlagError(
    `--out: expected a folder that is new or empty, got ${folder}, ${holds}: name another, or remove it`,
  );
}
