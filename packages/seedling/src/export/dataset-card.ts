import {
  type CreationManifest,
  escapeMarkdown,
  fenceMarkdown,
  renderCount,
  renderPercent,
  renderWhole,
  shortenModelName,
  shortenPath,
} from "@seedling/core/internal";
import { type DatasetFacts, renderFrontMatter } from "./dataset-front-matter.ts";

/** Renders a data set's README.md in the hub's form: YAML before, Markdown after. Equal facts give equal bytes. */
export function renderDatasetCard(facts: DatasetFacts): string {
  const { manifest, splits, labels, license } = facts;
  const { completions, task } = manifest;
  const isSample = manifest.data.kind === "sample" || completions.kind === "sample";
  const [kept] = splits;
  const model = escapeMarkdown(shortenModelName(completions.model));
  return [
    ...renderFrontMatter(facts, isSample),
    `# ${escapeMarkdown(task)}: ${renderCount(kept?.n ?? 0, "example")} created by ${model}`,
    "",
    ...(isSample
      ? [
          "> **SAMPLE.** It comes from the small recording that is bundled with Seedling: it shows what such a data set looks like, and is meant for nothing else.",
          "",
        ]
      : []),
    `A language model wrote these examples and their labels from one formatting example, by the program Seedling, after Lee et al., EMNLP 2023 (setting ${escapeMarkdown(manifest.source)}). No person wrote them; what people looked at stands below.`,
    "",
    "## Files",
    "",
    ...renderFiles(facts),
    ...(labels ? ["## Labels", "", ...renderLabels(labels), ""] : []),
    "## How it was made",
    "",
    ...renderOrigin(facts),
    "",
    "## Limits",
    "",
    "- Labels can be wrong, subjects one-sided, and what the language model takes for granted is in the texts.",
    "- It is meant for training. What a classifier is worth is measured on texts that people wrote and labelled.",
    `- Seedling claims no licence for these texts (the card's field says ${escapeMarkdown(license)}). The terms of ${model}'s provider hold for what it wrote.`,
    "",
  ].join("\n");
}

function renderFiles({ splits, format }: DatasetFacts): string[] {
  const about = {
    default: "the examples as they are trained on",
    rejected: "candidates that were not kept, with the reasons",
  };
  const [first] = splits;
  return [
    ...renderTable(
      ["configuration", "file", "rows", "holds"],
      splits.map(({ name, path, n }) => [
        name,
        `\`${path}\``,
        renderWhole(n),
        about[name as keyof typeof about],
      ]),
    ),
    "",
    "```python",
    "from datasets import load_dataset",
    'data = load_dataset("DIR or USER/NAME", split="train")',
    ...(splits.length > 1
      ? ['rejected = load_dataset("DIR or USER/NAME", "rejected", split="train")']
      : []),
    "```",
    "",
    ...(first
      ? renderTable(
          ["column", "holds"],
          first.columns.map(({ name, about }) => [name, about]),
        )
      : []),
    "",
    ...(format === "csv"
      ? [
          "A text that a spreadsheet would take for a formula has an apostrophe before it, and lists are JSON. Whoever reads CSV guesses types: Parquet and JSONL say what is a label.",
          "",
        ]
      : []),
  ];
}

function renderLabels(labels: readonly { label: string; n: number }[]): string[] {
  const rows = labels.map(({ label, n }) => [escapeMarkdown(label), renderWhole(n)]);
  return renderTable(["label", "kept examples"], rows);
}

function renderOrigin({ manifest, recorded, review, splits }: DatasetFacts): string[] {
  const { completions, source, seeds, target, stopped, conditions, replies } = manifest;
  const { funnel, rejections, labelCheck, contamination, data } = manifest;
  const day = escapeMarkdown(completions.date.slice(0, 10));
  const asked = {
    live: `asked until ${day}`,
    replay: `replayed from a recording of ${day}`,
    sample: `replayed from the bundled SAMPLE recording of ${day}`,
  };
  const short = stopped
    ? `; ${renderWhole(target)} were wanted, and it stopped before (${stopped})`
    : "";
  // These have a place of their own.
  const { examples: _, model: __, ...others } = conditions;
  const further = renderPairs(others);
  const { accepted, changed, added, deleted, accuracy } = review;
  const reviewed = accepted + changed + added + deleted;
  const lines = [
    `- **Creator:** ${escapeMarkdown(shortenModelName(completions.model))}, ${asked[completions.kind]}: ${renderWhole(replies)} replies, ${renderWhole(manifest.kept)} kept${short}`,
    `- **Task:** ${escapeMarkdown(manifest.task)} (${{ own: "the user's own", benchmark: "a benchmark", sample: "bundled SAMPLE data" }[data.kind]}); setting ${escapeMarkdown(source)}`,
    `- **Seeds:** formatting example ${seeds.example}, creation ${seeds.creation}`,
    ...(recorded
      ? [
          `- **Sampling:** temperature ${recorded.values.temperature}, top-p ${recorded.values.topP}, ${renderCount(recorded.values.numExamples, "example")} a request`,
        ]
      : []),
    ...(further ? [`- **Other settings than the defaults:** ${further}`] : []),
    `- **Filters:** ${renderPairs(rejections) || "none rejected anything"}`,
    `- **Label check:** ${renderLabelCheck(labelCheck)}`,
    `- **Review:** ${
      reviewed === 0
        ? `no person ${accuracy ? "changed" : "looked at"} the examples`
        : `a person accepted ${accepted}, changed ${changed}, deleted ${deleted} and took in ${added} rejected ones, of ${renderWhole(splits[0]?.n ?? 0)} that are here`
    }${
      accuracy
        ? `; of ${renderCount(accuracy.n, "label")} answered without a sight of them ${accuracy.right} were right, ${renderPercent(accuracy.right / accuracy.n)} (exact 95 % interval ${renderPercent(accuracy.low)} to ${renderPercent(accuracy.high)})`
        : ""
    }`,
    `- **Contamination:** ${renderContamination(contamination)}`,
  ];
  const steps = funnel.map(({ step, n }) => [escapeMarkdown(step), renderWhole(n)]);
  return [
    ...lines,
    ...(steps.length > 0 ? ["", ...renderTable(["step", "left after it"], steps)] : []),
    "",
    "The instruction of each request, besides the shown example:",
    "",
    recorded ? fenceMarkdown(recorded.instructionText) : "not known: the recording is gone.",
  ];
}

function renderLabelCheck(check: CreationManifest["labelCheck"]): string {
  if (!check) return "none";
  const { model, times, agreement, relabelled } = check;
  const parts = [
    `${escapeMarkdown(shortenModelName(model))} answered each question ${renderCount(times, "time")} without a sight of its label`,
    ...(agreement === null ? [] : [`agreement ${renderPercent(agreement)}`]),
    ...(relabelled === undefined
      ? []
      : [`${renderCount(relabelled, "label")} replaced by its answers`]),
  ];
  return parts.join(", ");
}

function renderContamination(contamination: CreationManifest["contamination"]): string {
  if (!contamination) return "not looked for: no dev or test split was there";
  const { kept, overlap, against } = contamination;
  const splits = Object.entries(against).map(
    ([name, n]) => `${escapeMarkdown(shortenSplit(name))} (${renderWhole(n)})`,
  );
  return `${renderCount(kept, "kept example")} too close to an item that is evaluated on (${overlap} or more of their letter 5-grams in common), of ${splits.join(", ")}`;
}

/** `TASK/SPLIT`, where the task may be a folder. */
function shortenSplit(name: string): string {
  const at = name.lastIndexOf("/");
  return `${shortenPath(name.slice(0, at))}${name.slice(at)}`;
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const toLine = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [toLine(head), toLine(head.map(() => "---")), ...rows.map(toLine)];
}

function renderPairs(pairs: Readonly<Record<string, unknown>>): string {
  const render = (value: unknown) =>
    escapeMarkdown(typeof value === "string" ? shortenModelName(value) : JSON.stringify(value));
  return Object.entries(pairs)
    .map(([name, value]) => `${escapeMarkdown(name)} ${render(value)}`)
    .join(", ");
}
