import {
  callCommand,
  checkout,
  escapeMarkdown,
  renderCount,
  renderPercent,
  renderWhole,
  sources,
  toPlainText,
  wilsonInterval,
} from "@seedling/core/internal";
import { renderThreshold, type Threshold } from "../data/threshold.ts";
import { renderTrial } from "../data/trials.ts";
import { renderTruncated } from "../features/truncation.ts";
import { type CardEvaluation, renderModelIndex, renderResults } from "./card-results.ts";
import { renderCalibration, renderFit, type TrainingManifest } from "./training-manifest.ts";

/** What a card says besides a training's manifest. */
interface CardOptions {
  evaluations?: readonly CardEvaluation[];
  /** That it is of an ONNX export: whether single texts are what it reads. Left out: of the classifier's own folder. */
  onnx?: { isSingleText: boolean };
  /** Where it gives no label; null: none held; left out: none was asked for. */
  threshold?: Threshold | null | undefined;
}

/**
 * Renders a classifier's README.md in the hub's form: YAML before, Markdown after. Equal manifests give
 * equal bytes; texts from outside are escaped for where they stand.
 */
export function renderModelCard(
  manifest: TrainingManifest,
  { evaluations = [], onnx, threshold }: CardOptions = {},
): string {
  const { task, source, data, completions, train, dev, student, conditions, fit, calibration } =
    manifest;
  const isFull = student.tune === "full";
  const isSample = data.kind === "sample" || completions?.kind === "sample";
  return joinLines(
    "---",
    // A folder or the embedded encoder is no model of the hub.
    student.encoder.includes("/") && `base_model: ${JSON.stringify(toPlainText(student.encoder))}`,
    // Whose classes give its predictions.
    `library_name: ${onnx ? "transformers.js" : isFull && conditions.head !== "mean" ? "transformers" : "seedling"}`,
    train.labels && "pipeline_tag: text-classification",
    "tags:",
    "  - seedling",
    `  - ${isFull ? "fine-tuned" : "frozen-encoder"}`,
    completions && !sources[source].isPool && "  - synthetic-data",
    isSample && "  - sample",
    !train.labels && "  - multiple-choice",
    onnx !== undefined && "  - onnx",
    ...renderModelIndex(manifest, evaluations),
    "---",
    "",
    `# A classifier for ${escapeMarkdown(task)}, trained on ${escapeMarkdown(source)} data`,
    "",
    isSample &&
      "> **SAMPLE.** It was trained on the small sample that comes with Seedling: it shows that the program runs, and its numbers say nothing about the benchmark.\n",
    dev.collapsed &&
      "> **COLLAPSED.** It gives one and the same answer for every item of the dev split: it learned nothing but which answer is the most frequent.\n",
    ...listTrainingFacts(manifest, threshold, onnx && `. ${graphsGiveAll}`).map(
      ({ name, text }) => `- **${name}:** ${escapeMarkdown(text)}`,
    ),
    "",
    renderResults(evaluations),
    "## Use",
    "",
    onnx ? renderOnnxUse(onnx) : renderUse(manifest),
    "",
    !onnx && renderFiles(manifest),
    !onnx && "",
    "## Limits",
    "",
    completions && renderWriter(manifest, escapeMarkdown(completions.model)),
    fit?.classWeights === "balanced" &&
      conditions.shares === undefined &&
      "- Its probabilities hold where all labels are equally frequent: it was trained with class weights.",
    `- It is meant for texts of this task's form and language; ${evaluations.length > 0 ? "but for the results above, " : ""}nothing was measured on others.${calibration ? "" : " Whether its probabilities are calibrated was not measured either."}`,
    `- Seedling claims no licence for these weights. The terms of the base model (${escapeMarkdown(student.encoder)}) hold for what comes from it${completions ? ", and those of the language model's provider for what it wrote" : ""}.`,
    !train.labels && "- It chooses among the options that it is given, also when none is right.",
    "",
  );
}

function renderFiles({ student, conditions }: TrainingManifest): string {
  if (student.tune !== "full")
    return `Only the head is in this folder; the encoder, ${escapeMarkdown(student.encoder)}, is loaded as well.`;
  const loaded =
    conditions.head === "mean" ? meanHead : "`config.json` names the class that loads them.";
  return `\`config.json\`, \`model.safetensors\` and the tokenizer's files are in transformers' own format; ${loaded}`;
}

/** How transformers treats a head that it does not have. */
const meanHead =
  "its `AutoModel` loads the encoder. The head, `classifier.weight` and `classifier.bias` on the mean of the tokens, is applied by Seedling alone: a class of transformers with a head leaves it out and puts a random one in its place.";

/** What a classifier reads, in words, where that is not all of an example. */
const inputs: Readonly<Record<string, string>> = {
  options:
    "the options alone (a control): it leaves question and context out, whenever it predicts",
  question: "no context (a control): it leaves that out, whenever it predicts",
};

/** A line of what is known of a training. */
export interface TrainingFact {
  name: string;
  text: string;
}

/** Lists what a card, or a page, says of a training. Texts from outside stand in it as they are. */
export function listTrainingFacts(
  manifest: TrainingManifest,
  threshold: CardOptions["threshold"],
  thresholdNote = "",
): TrainingFact[] {
  const { task, seeds, train, dev, student, conditions, best, cut, backend } = manifest;
  const { fit, calibration } = manifest;
  const { low, high } = wilsonInterval(dev.accuracy, dev.n);
  const mixed = train.human > 0 ? `, with ${renderWhole(train.human)} human ones mixed in` : "";
  const short = train.n < train.target ? ` (${renderWhole(train.target)} were wanted)` : "";
  const tuned = student.tune === "full" ? "fully fine-tuned" : "frozen, with a trained head";
  const settings = renderPairs(conditions);
  const isFolds = dev.source === "folds";
  const items = isFolds
    ? `${renderCount(dev.n, "training example")}, each answered by a fit to the other folds`
    : renderCount(dev.n, `${dev.source} item`);
  const constant =
    dev.constant === undefined ? "" : `; a constant answer has ${renderPercent(dev.constant)}`;
  const facts: Record<string, string | false | undefined> = {
    Task: task,
    "Trained on": `${renderSource(manifest)}; ${renderData(manifest.data)}`,
    Examples: `${renderWhole(train.n)}${short}${mixed}`,
    Labels: train.labels ? renderPairs(train.labels) : false,
    Model: `${student.encoder}, ${tuned}`,
    [isFolds ? "Accuracy on folds" : "Dev accuracy"]:
      `${renderPercent(dev.accuracy)} (95 % interval ${renderPercent(low)} to ${renderPercent(high)}; ${items})${constant}. The trial was chosen by it: expect less on other items.`,
    Reads: inputs[String(conditions.input)],
    Trial: renderTrial(best),
    Fit: fit && renderFit(fit),
    Probabilities:
      calibration &&
      `${renderCalibration(calibration)}, on ${isFolds ? "the folds" : "dev"}, where the temperature was fitted`,
    Threshold:
      threshold === null
        ? "none held for the error that was asked for: every text has a label"
        : threshold && `${renderThreshold(threshold)}${thresholdNote}`,
    Seeds: renderPairs(seeds),
    "Other settings than the defaults": settings !== "" && settings,
    "Truncated at the maximum length": `${renderTruncated(cut.train.tokens)} of the training tokens, ${renderTruncated(cut.dev.tokens)} of dev's`,
    Backend: backend,
  };
  return Object.entries(facts).flatMap(([name, text]) => (text ? [{ name, text }] : []));
}

/** What an export makes of a threshold. */
const graphsGiveAll =
  "The graphs give every label: leave out those that are less probable. It was found before the export, and 8 bits change probabilities a little.";

/** What the language model did of the training examples, and what to expect of that. */
function renderWriter({ source, conditions }: TrainingManifest, model: string): string {
  if (sources[source].isPool)
    return `- A language model (${model}) labelled the training texts. Labels can be wrong, and what that model takes for granted is in them.`;
  const more = conditions.pool === undefined ? "" : ", and labelled the texts beside them";
  return `- A language model (${model}) wrote the training examples and their labels${more}. Labels can be wrong, subjects one-sided, and what that model takes for granted is in them.`;
}

function renderSource({ source, completions, conditions }: TrainingManifest): string {
  if (sources[source].isHuman) return "the task's own train split, labelled by people";
  if (!completions) return "a file of examples";
  const { kind, model, date } = completions;
  const day = date.slice(0, 10);
  const said = {
    live: `asked until ${day}`,
    replay: `replayed from a recording of ${day}`,
    sample: `replayed from the bundled SAMPLE recording of ${day}`,
  };
  if (sources[source].isPool)
    return `texts of ${conditions.pool}, which ${model} labelled, ${said[kind]}`;
  const more =
    conditions.pool === undefined ? "" : `, and texts of ${conditions.pool}, which it labelled`;
  return `data that ${model} created from one example (setting ${source})${more}, ${said[kind]}`;
}

function renderData({ kind, verified, mark }: TrainingManifest["data"]): string {
  if (kind === "sample") return "bundled SAMPLE data";
  if (kind === "own") return `a task of the user's own${mark ? ` (${mark})` : ""}`;
  return verified
    ? "the benchmark's original files"
    : "benchmark files that are not the original's";
}

function renderUse({ train }: TrainingManifest): string {
  const given = train.labels ? "" : ` --options "option A,option B"`;
  const example = train.labels ? '"..."' : '{ question: "...", options: ["option A", "option B"] }';
  const call = checkout ? "npm run --silent predict --" : callCommand("predict");
  return `${checkout ? "In the repository of Seedling, with" : "With"} this folder as DIR:

\`\`\`sh
${call} --classifier DIR --text "..."${given}
${call} --classifier DIR --file in.jsonl --out out.jsonl
\`\`\`

\`\`\`ts
import { loadClassifier } from "@seedling/trainer";

const classifier = await loadClassifier("DIR");
const { label, probabilities } = await classifier.predict(${example});
await classifier.dispose();
\`\`\``;
}

function renderOnnxUse({ isSingleText }: NonNullable<CardOptions["onnx"]>): string {
  const files =
    "The graphs in `onnx/` go from token ids to logits; a softmax of these are the probabilities.";
  if (!isSingleText)
    return `${files} It reads more than one text, so that tokenizer and model are called apart: \`docs/export.md\` of Seedling shows how.`;
  return `${files} With this folder, or the repository's name, as DIR:

\`\`\`js
import { pipeline } from "@huggingface/transformers";

const classify = await pipeline("text-classification", "DIR", { dtype: "q8" });
await classify("...");
\`\`\``;
}

/** Lines of a text; those that do not apply are not among them. */
function joinLines(...lines: (string | false | null | undefined)[]): string {
  return lines.filter((line) => typeof line === "string").join("\n");
}

function renderPairs(pairs: Readonly<Record<string, unknown>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
