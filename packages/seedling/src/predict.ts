import { resolve, sep } from "node:path";
import {
  type CommandContext,
  columns as columnsType,
  command,
  list,
  readAs,
  renderWhole,
  text as someText,
} from "@seedling/core/internal";
import {
  type Classifier,
  type LineCount,
  loadClassifier,
  predictLines,
} from "@seedling/trainer/internal";
import { Option } from "commander";
import {
  addClassifierOptions,
  type ClassifierOptions,
  findNamedClassifier,
} from "./predict/find-classifier.ts";
import { type InputOptions, openInput } from "./predict/open-input.ts";
import { openOutput } from "./predict/open-output.ts";

interface PredictOptions extends InputOptions, ClassifierOptions {
  classifier: string;
  out?: string;
  answerKey: string;
}

const textType = someText.refine((text) => text.trim() !== "", "expected a text");
const optionsType = list(someText).refine(
  ({ length }) => length >= 2,
  "expected at least two texts with commas between them",
);

const readKeys = ["question", "context", "options", "error", "probabilities"];
const answerKeyType = textType.refine(
  (key) => !readKeys.includes(key),
  `expected a key other than ${readKeys.join(", ")}`,
);

/** Labels texts with a trained classifier. Standard output is for the labelled lines alone. */
export const predict = command<PredictOptions>({
  name: "predict",
  about:
    "Labels texts with a trained classifier. Each line of JSON is printed as it came, with the chosen option as label and the probabilities in the order of its options; a line that cannot be labelled, with its error.",
  define: (line) =>
    addClassifierOptions(
      line.requiredOption(
        "--classifier <dir>",
        "a classifier's folder, or that of its training in results/",
        readAs(textType),
      ),
    )
      .option("--text <text>", "a question or claim", readAs(textType))
      .option("--context <text>", "the passage that --text is asked about", readAs(textType))
      .option(
        "--options <a,b,c>",
        "the options of --text, without commas in them; left out: the classifier's classes",
        readAs(optionsType),
      )
      .addOption(
        new Option(
          "--file <file>",
          'a file of CSV, TSV, JSON or JSONL, or .txt with a text a line; - for standard input (JSONL): {"question", "context", "options"}, the last two if there are any; other keys stay',
        )
          .conflicts(["text", "context", "options"])
          .argParser(readAs(textType)),
      )
      .addOption(
        new Option(
          "--columns <text,label>",
          "columns of a CSV or TSV file: text=A,context=B (left out: text or question, context)",
        ).argParser(readAs(columnsType)),
      )
      .option(
        "--out <file>",
        "where the labelled lines go: a file, a pipe or a device; left out: standard output",
        readAs(textType),
      )
      .option(
        "--answer-key <name>",
        "the key of the answer; where the first line has it, answers are written as predicted and predicted_probabilities",
        readAs(answerKeyType),
        "label",
      ),
  async run(options, ctx) {
    const input = openInput(options, ctx);
    const { folder, load } = findNamedClassifier(options.classifier, "--classifier", options, ctx);
    const out = await openOut(options.out, ctx);
    const takeBack = ctx.onInterrupt(out.leave);
    let classifier: Classifier | null = null;
    let isKept = false;
    try {
      classifier = await loadClassifier(folder, load);
      const count = await predictLines(input.lines, {
        name: input.name,
        answerKey: options.answerKey,
        classifier,
        write: out.write,
        complain: ctx.complain,
        onProgress: createProgress(ctx.complain),
      });
      await out.keep();
      isKept = true;
      const isSaid = options.file !== undefined || count.truncated > 0;
      if (isSaid) ctx.complain(`${renderCounts(count)}${out.where}`);
      return count.bad > 0 ? 1 : 0;
    } finally {
      takeBack();
      if (!isKept) out.leave();
      await classifier?.dispose();
    }
  },
});

/** Opens what `--out` names, or standard output. */
async function openOut(given: string | undefined, { stdout, folder, complain }: CommandContext) {
  if (given === undefined) {
    const write = (text: string) =>
      new Promise<void>((written) => stdout.write(text, () => written()));
    return { write, keep: async () => {}, leave: () => "what was printed is labelled", where: "" };
  }
  const path = resolve(folder, given) + (/[\\/]$/.test(given) ? sep : "");
  return { ...(await openOutput(path, complain)), where: `: ${path}` };
}

/** Prints how far it is every ten seconds in which anything was labelled. */
function createProgress(complain: (line: string) => void) {
  let last = Date.now();
  return (count: LineCount) => {
    if (Date.now() - last < 10_000) return;
    last = Date.now();
    complain(`  ${renderCounts(count)}`);
  };
}

function renderCounts({ labelled, truncated, bad }: LineCount): string {
  return [
    `${renderWhole(labelled)} labelled`,
    ...(truncated > 0 ? [`${renderWhole(truncated)} of them cut to what the encoder reads`] : []),
    ...(bad > 0 ? [`${renderWhole(bad)} bad`] : []),
  ].join(", ");
}
