import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type Columns,
  columns,
  command,
  ExpectedError,
  FlagError,
  isFolder,
  positive,
  readAs,
  readExamples,
  text,
  writeAtomic,
} from "@seedling/core/internal";
import { evaluate } from "@seedling/eval";
import {
  chooseThreshold,
  classifierFiles,
  type HeldOutAnswers,
  hashClassifier,
  loadClassifier,
  readHeldOut,
  readWholeFacts,
  renderModelCard,
  type Threshold,
  writeThreshold,
} from "@seedling/trainer/internal";
import {
  addClassifierOptions,
  type ClassifierOptions,
  findNamedClassifier,
  readTraining,
} from "./predict/find-classifier.ts";

interface ThresholdOptions extends Omit<ClassifierOptions, "threshold"> {
  maxError: number;
  data?: string;
  columns?: Columns;
}

/** Finds the least probability of a classifier's labels for an error rate, and writes it into its folder. */
export const threshold = command<ThresholdOptions>({
  name: "threshold",
  about:
    "Finds the least probability from which on at most --max-error of a classifier's labels are wrong, with 95 % confidence (exact bounds, tested from the surest down), and writes it into the classifier: below it, predict gives no label. It is found on what was held out at the training, or on labelled texts that it was not trained on.",
  define: (line) =>
    addClassifierOptions(
      line
        .argument("<classifier>", "a classifier's folder, or that of its training in results/")
        .requiredOption(
          "--max-error <x>",
          "the share of given labels that may be wrong, such as 0.05, which takes 59 labelled texts at least",
          readAs(positive(0.5)),
        )
        .option(
          "--data <file>",
          "labelled texts (CSV, TSV, JSON or JSONL) that it was not trained or chosen on (default: what was held out at its training)",
          readAs(text),
        )
        .option(
          "--columns <text,label>",
          "columns of --data, as the experiment's --columns",
          readAs(columns),
        ),
    ),
  async run({ maxError, data, columns, ...options }, ctx, [given = ""]) {
    const { folder, load } = findNamedClassifier(given, "<classifier>", options, ctx);
    readWholeFacts(folder);
    if (data === undefined && columns)
      throw new FlagError("--columns: expected --data FILE, whose columns they are");
    const answers =
      data === undefined
        ? readOwn(folder)
        : await judgeFile(folder, load, { path: resolve(ctx.folder, data), columns });
    const chosen = chooseThreshold(answers, maxError);
    writeThreshold(folder, chosen.threshold);
    await writeCard(folder, chosen.threshold);
    ctx.log(chosen.line);
    ctx.log(
      chosen.threshold === null
        ? `${folder}: it gives every text a label, as before a threshold`
        : `${folder}: written; below it predict and serve give no label (--threshold off: all)`,
    );
    return chosen.threshold === null ? 1 : 0;
  },
});

/** @throws ExpectedError where nothing was kept of what was held out */
function readOwn(folder: string): HeldOutAnswers {
  if (existsSync(join(folder, classifierFiles.heldOut))) return readHeldOut(folder);
  throw new ExpectedError(
    `${folder}: expected ${classifierFiles.heldOut}, its answers to what was held out at its training: it was made without (a benchmark's, or by an older version); give --data FILE with labelled texts`,
  );
}

/** Judges a classifier's answers to labelled texts. @throws ExpectedError with file and line */
async function judgeFile(
  folder: string,
  load: Parameters<typeof loadClassifier>[1],
  { path, columns }: { path: string; columns?: Columns | undefined },
): Promise<HeldOutAnswers> {
  if (!existsSync(path) || isFolder(path)) throw new FlagError(`--data: no file ${path}`);
  const classifier = await loadClassifier(folder, load);
  try {
    const options = classifier.classes;
    const examples = await readExamples(path, { options, columns });
    if (examples.length === 0)
      throw new ExpectedError(`--data: expected labelled texts in ${path}, got none`);
    const { items } = await evaluate(classifier, examples);
    return {
      on: "file",
      // Of none the largest is -Infinity.
      confidence: items.map(({ probabilities }) => Math.max(...probabilities)),
      right: items.map(({ right }) => right),
    };
  } finally {
    await classifier.dispose();
  }
}

/** Writes a training's card again, with its threshold. A classifier that is kept alone has the card that it came with. */
async function writeCard(folder: string, threshold: Threshold | null): Promise<void> {
  const training = await readTraining(folder, await hashClassifier(folder));
  if (training)
    writeAtomic(join(folder, classifierFiles.card), renderModelCard(training, { threshold }));
}
