import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import {
  addRoot,
  choice,
  command,
  FlagError,
  followLinksOption,
  isFolder,
  lookUp,
  readAs,
  resolveModel,
} from "@seedling/core/internal";
import { exportOnnx, type LoadOptions } from "@seedling/trainer/internal";
import { findClassifier } from "./predict/find-classifier.ts";

/** What is made of a classifier. */
interface Form {
  about: string;
  /** Writes it. @returns what is said of it, line by line */
  write: (classifier: string, to: string, options: LoadOptions) => Promise<string[]>;
}

/** All forms by their names: `--to` of anything else says what there is. */
const forms = {
  onnx: {
    about: "a folder for transformers.js and other ONNX runtimes",
    async write(classifier, to, options) {
      const { files, isSingleText } = await exportOnnx(classifier, to, options);
      const size = (bytes: number | null) =>
        bytes === null ? "" : `  ${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
      return [
        to,
        ...files.map(({ path, bytes }) => `  ${path}${size(bytes)}`),
        isSingleText
          ? "A text is labelled by pipeline of transformers.js, a text with a context by its tokenizer and model: docs/export.md"
          : "Examples are labelled by tokenizer and model of transformers.js, as docs/export.md shows",
      ];
    },
  },
} satisfies Record<string, Form>;

type FormName = keyof typeof forms;
const formNames = Object.keys(forms) as FormName[];

interface ExportOptions {
  to: FormName;
  out?: string;
  encoder?: string;
  anyEncoder?: boolean;
  followLinks?: boolean;
}

export const exportClassifier = command<ExportOptions>({
  name: "export",
  about: "Makes of a trained classifier what runs elsewhere.",
  define: (line) =>
    line
      .argument("<classifier>", "a classifier's folder, or that of its training in results/")
      .requiredOption(
        "--to <form>",
        formNames.map((name) => `${name}: ${forms[name].about}`).join("; "),
        readAs(choice(...formNames)),
      )
      .option(
        "--out <dir>",
        "a new or empty folder (default: beside the classifier's, such as classifier-onnx)",
      )
      .option(
        "--encoder <path>",
        "the folder (or hub id) where the classifier's encoder is now; left out: where it was at the training",
      )
      .option("--any-encoder", "take an encoder whose files are not those of the training, too")
      .option(...followLinksOption),
  async run(options, ctx, [given = ""]) {
    const named = resolve(ctx.folder, given);
    addRoot(named, options);
    const folder = findClassifier(named, "<classifier>");
    const to = options.out ? resolve(ctx.folder, options.out) : `${folder}-${options.to}`;
    checkEmpty(to);
    const lines = await forms[options.to].write(folder, to, {
      ...(options.encoder && { encoder: resolveModel(options.encoder, ctx.folder) }),
      anyEncoder: options.anyEncoder ?? false,
      env: ctx.env,
      fetch: ctx.fetch,
      log: ctx.complain,
    });
    for (const line of lines) ctx.log(line);
    return 0;
  },
});

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
