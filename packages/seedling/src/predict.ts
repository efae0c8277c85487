import { resolve, sep } from "node:path";
import {
  type CommandContext,
  columns as columnsType,
  command,
  FlagError,
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
  readFacts,
} from "@seedling/trainer/internal";
import { type Command, Option } from "commander";
import { type AskOptions, defineAsking, openAsking } from "./predict/ask-below.ts";
import {
  addClassifierOptions,
  type ClassifierOptions,
  findNamedClassifier,
  thresholdOption,
} from "./predict/find-classifier.ts";
import { type InputOptions, openInput } from "./predict/open-input.ts";
import { openOutput } from "./predict/open-output.ts";

interface PredictOptions extends InputOptions, ClassifierOptions, AskOptions {
  classifier?: string;
  out?: string;
  answerKey: string;
}

const textType = someText.refine((text) => text.trim() !== "", "expected a text");
const optionsType = list(someText).refine(
  ({ length }) => length >= 2,
  "expected at least two texts with commas between them",
);

const readKeys = ["question", "context", "options", "error", "probabilities", "asked"];
const answerKeyType = textType.refine(
  (key) => !readKeys.includes(key),
  `expected a key other than ${readKeys.join(", ")}`,
);

/** Labels texts with a trained classifier. Standard output is for the labelled lines alone. */
export const predict = command<PredictOptions>({
  name: "predict",
  about:
    "Labels texts with a trained classifier. Each line of JSON is printed as it came, with the chosen option as label and the probabilities in the order of its options; a label below the classifier's threshold is null, and a line that cannot be labelled has its error.",
  define: (line) => defineAsking(definePredicting(line)),
  run: predictOrAsk,
});

function definePredicting(line: Command): Command {
  return addClassifierOptions(
    line
      .argument("[classifier]", "a classifier's folder, or that of its training in results/")
      .option("--classifier <dir>", "the same, by a flag", readAs(textType)),
  )
    .option(...thresholdOption)
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
    );
}

async function predictOrAsk(
  options: PredictOptions,
  ctx: CommandContext,
  args: readonly string[],
): Promise<number> {
  const [given, ...more] = [...args, ...(options.classifier ? [options.classifier] : [])];
  if (given === undefined || more.length > 0)
    throw new FlagError(
      `<classifier>: expected one folder, got ${given === undefined ? "none" : [given, ...more].join(" and ")}`,
    );
  const input = openInput(options, ctx);
  const where = options.classifier ? "--classifier" : "<classifier>";
  const { folder, load } = findNamedClassifier(given, where, options, ctx);
  const out = await openOut(options.out, ctx);
  const takeBack = ctx.onInterrupt(out.leave);
  let classifier: Classifier | null = null;
  let asking: Awaited<ReturnType<typeof openAsking>> = null;
  let isKept = false;
  try {
    classifier = await loadClassifier(folder, load);
    asking = await openAsking(options, folder, classifier, ctx);
    const noThreshold = load.threshold === undefined && explainNone(readFacts(folder));
    if (noThreshold) ctx.complain(noThreshold);
    const count = await predictLines(input.lines, {
      name: input.name,
      answerKey: options.answerKey,
      classifier,
      ask: asking?.ask,
      write: out.write,
      complain: ctx.complain,
      onProgress: createProgress(ctx.complain, classifier),
    });
    await out.keep();
    isKept = true;
    const isSaid = options.file !== undefined || count.truncated + count.unsure > 0;
    if (isSaid) ctx.complain(`${renderCounts(count, classifier, asking)}${out.where}`);
    const unasked = asking ? count.unsure - count.asked - count.unreadable : 0;
    return count.bad + unasked > 0 ? 1 : 0;
  } finally {
    takeBack();
    if (!isKept) out.leave();
    await asking?.close();
    await classifier?.dispose();
  }
}

/** Says that a classifier has no threshold though one was asked for. */
function explainNone({ threshold }: Awaited<ReturnType<typeof readFacts>>): string | null {
  return threshold === null
    ? "no threshold held for this classifier's --max-error: every text has a label"
    : null;
}

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
function createProgress(
  complain: (line: string) => void,
  classifier: Pick<Classifier, "threshold">,
) {
  let last = Date.now();
  return (count: LineCount) => {
    if (Date.now() - last < 10_000) return;
    last = Date.now();
    complain(`  ${renderCounts(count, classifier)}`);
  };
}

function renderCounts(
  { labelled, unsure, asked, unreadable, truncated, bad }: LineCount,
  { threshold }: Pick<Classifier, "threshold">,
  asking: Awaited<ReturnType<typeof openAsking>> = null,
): string {
  const left = unsure - asked - unreadable;
  const answers = [
    `${renderWhole(asked)} labelled by ${asking?.model}`,
    ...(unreadable > 0 ? [`${renderWhole(unreadable)} with an answer that cannot be read`] : []),
    ...(left > 0 ? [`${renderWhole(left)} not asked`] : []),
  ];
  const said = asking
    ? `: ${answers.join(", ")} (${asking.describe()})`
    : " (no label; --ask-below has a language model give them, --threshold off gives all)";
  return [
    `${renderWhole(labelled)} labelled`,
    ...(unsure > 0
      ? [`${renderWhole(unsure)} of them below the threshold ${threshold}${said}`]
      : []),
    ...(truncated > 0 ? [`${renderWhole(truncated)} of them cut to what the encoder reads`] : []),
    ...(bad > 0 ? [`${renderWhole(bad)} bad`] : []),
  ].join(", ");
}
