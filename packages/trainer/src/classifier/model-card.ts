import {
  renderPercent,
  renderWhole,
  sources,
  toPlainText,
  wilsonInterval,
} from "@seedling/core/internal";
import { type Input, inputSchema } from "../data/examples.ts";
import { renderTrial } from "../data/trials.ts";
import { renderTruncated } from "../features/features.ts";
import type { TrainingManifest } from "./training-manifest.ts";

/** The facts of a model card, from a training's manifest. */
export type CardFacts = Pick<
  TrainingManifest,
  | "task"
  | "source"
  | "seeds"
  | "data"
  | "completions"
  | "train"
  | "dev"
  | "student"
  | "conditions"
  | "best"
  | "cut"
  | "backend"
>;

/** What a classifier reads, in words; null: all of an example. */
const inputs: Record<Input, string | null> = {
  full: null,
  options:
    "the options alone (a control): it leaves question and context out, whenever it predicts",
  question: "no context (a control): it leaves that out, whenever it predicts",
};

/**
 * Renders a classifier's README.md in the hub's form: YAML before, Markdown after. Equal facts give
 * equal bytes; texts from outside are escaped for where they stand.
 */
export function renderModelCard(facts: CardFacts): string {
  const { task, source } = facts;
  const parts = [
    `---\n${renderFrontMatter(facts)}---`,
    `# A classifier for ${escapeMarkdown(task)}, trained on ${escapeMarkdown(source)} data`,
    ...renderWarnings(facts),
    renderList(toRows(facts)),
    `## Use\n\n${renderUse(facts)}`,
    `## Limits\n\n${toLimits(facts)
      .map((limit) => `- ${limit}`)
      .join("\n")}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function renderFrontMatter(facts: CardFacts): string {
  const { student, train } = facts;
  const tags = ["seedling", student.tune === "full" ? "fine-tuned" : "frozen-encoder"];
  if (facts.completions) tags.push("synthetic-data");
  if (isSample(facts)) tags.push("sample");
  if (!train.labels) tags.push("multiple-choice");
  const lines = [
    // A folder or the embedded encoder is no model of the hub.
    student.encoder.includes("/") && `base_model: ${JSON.stringify(toPlainText(student.encoder))}`,
    // Whose classes give its predictions.
    `library_name: ${student.tune === "full" && !hasMeanHead(facts) ? "transformers" : "seedling"}`,
    train.labels && "pipeline_tag: text-classification",
    "tags:",
    ...tags.map((tag) => `  - ${tag}`),
  ];
  return lines
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join("");
}

/** Renders warnings. */
function renderWarnings(facts: CardFacts): string[] {
  const warnings: string[] = [];
  if (isSample(facts))
    warnings.push(
      "**SAMPLE.** It was trained on the small sample that comes with Seedling: it shows that the program runs, and its numbers say nothing about the benchmark.",
    );
  if (facts.dev.collapsed)
    warnings.push(
      "**COLLAPSED.** It gives one and the same answer for every item of the dev split: it learned nothing but which answer is the most frequent.",
    );
  return warnings.map((warning) => `> ${warning}`);
}

function toRows(facts: CardFacts): [string, string | null][] {
  const { task, seeds, train, dev, student, conditions, best, cut, backend } = facts;
  const { low, high } = wilsonInterval(dev.accuracy, dev.n);
  const mixed = train.human > 0 ? `, with ${renderWhole(train.human)} human ones mixed in` : "";
  const short = train.n < train.target ? ` (${renderWhole(train.target)} were wanted)` : "";
  return [
    ["Task", escapeMarkdown(task)],
    ["Trained on", `${toSource(facts)}; ${toData(facts.data)}`],
    ["Examples", `${renderWhole(train.n)}${short}${mixed}`],
    ["Labels", train.labels && renderPairs(train.labels)],
    [
      "Model",
      `${escapeMarkdown(student.encoder)}, ${student.tune === "full" ? "fully fine-tuned" : "frozen, with a trained head"}`,
    ],
    [
      "Dev accuracy",
      `${renderPercent(dev.accuracy)} (95 % interval ${renderPercent(low)} to ${renderPercent(high)}; ${renderWhole(dev.n)} ${dev.source} items). The trial was chosen by it: expect less on other items.`,
    ],
    ["Reads", inputs[inputSchema.parse(conditions.input)]],
    ["Trial", escapeMarkdown(renderTrial(best))],
    ["Seeds", renderPairs(seeds)],
    ["Other settings than the defaults", renderPairs(conditions) || null],
    [
      "Truncated at the maximum length",
      `${renderTruncated(cut.train.tokens)} of the training tokens, ${renderTruncated(cut.dev.tokens)} of dev's`,
    ],
    ["Backend", escapeMarkdown(backend)],
  ];
}

function toSource({ source, completions }: CardFacts): string {
  if (sources[source].isHuman) return "the task's own train split, labelled by people";
  if (!completions) return "a file of examples";
  const { kind, model, date } = completions;
  const day = escapeMarkdown(date.slice(0, 10));
  const said = {
    live: `asked until ${day}`,
    replay: `replayed from a recording of ${day}`,
    sample: `replayed from the bundled SAMPLE recording of ${day}`,
  };
  return `data that ${escapeMarkdown(model)} created from one example (setting ${escapeMarkdown(source)}), ${said[kind]}`;
}

function toData({ kind, verified, mark }: CardFacts["data"]): string {
  if (kind === "sample") return "bundled SAMPLE data";
  if (kind === "own") return `a task of the user's own${mark ? ` (${escapeMarkdown(mark)})` : ""}`;
  return verified
    ? "the benchmark's original files"
    : "benchmark files that are not the original's";
}

function renderUse(facts: CardFacts): string {
  const { student, train } = facts;
  const given = train.labels ? "" : ` --options "option A,option B"`;
  const example = train.labels ? '"..."' : '{ question: "...", options: ["option A", "option B"] }';
  const blocks = [
    "In the repository of Seedling, with this folder as DIR:",
    `\`\`\`sh\nnpm run --silent predict -- --classifier DIR --text "..."${given}\nnpm run --silent predict -- --classifier DIR --file in.jsonl --out out.jsonl\n\`\`\``,
    `\`\`\`ts\nimport { loadClassifier } from "@seedling/trainer";\n\nconst classifier = await loadClassifier("DIR");\nconst { label, probabilities } = await classifier.predict(${example});\nawait classifier.dispose();\n\`\`\``,
  ];
  if (student.tune === "full")
    blocks.push(
      `\`config.json\`, \`model.safetensors\` and the tokenizer's files are in transformers' own format; ${hasMeanHead(facts) ? meanHead : "`config.json` names the class that loads them."}`,
    );
  else
    blocks.push(
      `Only the head is in this folder; the encoder, ${escapeMarkdown(student.encoder)}, is loaded as well.`,
    );
  return blocks.join("\n\n");
}

/** How transformers treats a head that it does not have. */
const meanHead =
  "its `AutoModel` loads the encoder. The head, `classifier.weight` and `classifier.bias` on the mean of the tokens, is applied by Seedling alone: a class of transformers with a head leaves it out and puts a random one in its place.";

function hasMeanHead({ student, conditions }: CardFacts): boolean {
  return student.tune === "full" && conditions.head === "mean";
}

function toLimits({ completions, train, student }: CardFacts): string[] {
  const limits: string[] = [];
  if (completions)
    limits.push(
      `A language model (${escapeMarkdown(completions.model)}) wrote the training examples and their labels. Labels can be wrong, subjects one-sided, and what that model takes for granted is in them.`,
    );
  limits.push(
    "It is meant for texts of this task's form and language; nothing was measured on others. Whether its probabilities are calibrated was not measured either.",
    `Seedling claims no licence for these weights. The terms of the base model (${escapeMarkdown(student.encoder)}) hold for what comes from it${completions ? ", and those of the language model's provider for what it wrote" : ""}.`,
  );
  if (!train.labels)
    limits.push("It chooses among the options that it is given, also when none is right.");
  return limits;
}

function isSample({ data, completions }: CardFacts): boolean {
  return data.kind === "sample" || completions?.kind === "sample";
}

function renderList(rows: readonly [string, string | null][]): string {
  return rows
    .filter(([, said]) => said !== null)
    .map(([name, said]) => `- **${name}:** ${said}`)
    .join("\n");
}

function renderPairs(pairs: Readonly<Record<string, unknown>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${escapeMarkdown(name)} ${escapeMarkdown(String(value))}`)
    .join(", ");
}

function escapeMarkdown(text: string): string {
  return toPlainText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\|`*_~[\]]/g, "\\$&");
}
