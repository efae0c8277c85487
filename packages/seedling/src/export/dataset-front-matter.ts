import { type CreationManifest, quoteYaml, type Recorded } from "@seedling/core/internal";
import { type DatasetColumn, type DatasetFormat, datasetForms } from "./dataset-table.ts";

/** What the card of a data set is made of. */
export interface DatasetFacts {
  manifest: CreationManifest;
  /** null: not known any more. */
  recorded: Recorded | null;
  license: string;
  format: DatasetFormat;
  /** Each a configuration of its own, the kept examples first. */
  splits: readonly DatasetSplit[];
  /** How often each is among the kept; null: options vary. */
  labels: readonly { label: string; n: number }[] | null;
  review: {
    accepted: number;
    changed: number;
    added: number;
    deleted: number;
    /** Of the labels, by a blind sample; fractions. */
    accuracy: { n: number; right: number; low: number; high: number } | null;
  };
}

interface DatasetSplit {
  name: string;
  path: string;
  columns: readonly Omit<DatasetColumn<never>, "value">[];
  n: number;
  bytes: number;
}

/** What the hub and `datasets` read: configurations, features with the labels' names, sizes. */
export function renderFrontMatter(facts: DatasetFacts, isSample: boolean): string[] {
  const { splits, license, labels, format, manifest } = facts;
  const total = splits[0]?.n ?? 0;
  const { isTyped } = datasetForms[format];
  const renderFeature = ({ name, type, names = [] }: DatasetSplit["columns"][number]): string[] => {
    if (type === "label")
      return [
        `  - name: ${name}`,
        "    dtype:",
        "      class_label:",
        "        names:",
        ...names.map((one, i) => `          '${i}': ${quoteYaml(one)}`),
      ];
    if (type === "texts") return [`  - name: ${name}`, "    sequence: string"];
    return [`  - name: ${name}`, `    dtype: ${dtypes[type]}`];
  };
  return [
    "---",
    `license: ${quoteYaml(license)}`,
    `pretty_name: ${quoteYaml(`${manifest.task}, created`)}`,
    "task_categories:",
    `- ${labels ? "text-classification" : "multiple-choice"}`,
    "annotations_creators:",
    "- machine-generated",
    "language_creators:",
    "- machine-generated",
    "size_categories:",
    `- ${findSizeCategory(total)}`,
    "tags:",
    "- seedling",
    "- synthetic",
    ...(isSample ? ["- sample"] : []),
    "configs:",
    ...splits.flatMap(({ name, path }) => [
      `- config_name: ${name}`,
      ...(name === "default" ? ["  default: true"] : []),
      "  data_files:",
      "  - split: train",
      `    path: ${path}`,
      // `NA` is a text as any other.
      ...(isTyped ? [] : ["  keep_default_na: false", '  na_values: [""]']),
    ]),
    "dataset_info:",
    ...splits.flatMap(({ name, columns, n, bytes }) => [
      `- config_name: ${name}`,
      // A reader of CSV takes False for a number, which as a label's would be another label.
      ...(isTyped ? ["  features:", ...columns.flatMap(renderFeature)] : []),
      "  splits:",
      "  - name: train",
      `    num_bytes: ${bytes}`,
      `    num_examples: ${n}`,
      `  download_size: ${bytes}`,
      `  dataset_size: ${bytes}`,
    ]),
    "---",
    "",
  ];
}

/** The features of Hugging Face's datasets, but for labels. */
const dtypes = { text: "string", whole: "int32", number: "float64" } as const;

/** The hub's own classes of size. */
function findSizeCategory(n: number): string {
  const limits: [number, string][] = [
    [1_000, "n<1K"],
    [10_000, "1K<n<10K"],
    [100_000, "10K<n<100K"],
  ];
  return limits.find(([limit]) => n < limit)?.[1] ?? "100K<n<1M";
}
