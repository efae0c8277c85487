import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Dtype, readJson, writeAtomic } from "@seedling/core/internal";
import { z } from "zod";
import { checkpointFiles, readHubConfig, tokenizerFiles } from "../checkpoint/checkpoint.ts";
import { copyInside } from "./facts.ts";

/** What stands beside the graphs of a classifier. */
export interface HubFiles {
  /** Has the encoder's config.json, and its tokenizer. */
  folder: string;
  /** Tokens that a text, or a pair, is truncated to. */
  maxLength: number;
  /** Put before each text; empty: none. */
  prompt: string;
  /** Whether texts are put into lower case before the tokenizer's own steps. */
  lowerCase: boolean;
  /** The classes' names; null: a choice. */
  classes: readonly string[] | null;
}

const { config: configName, tokenizer: tokenizerName, tokenizerConfig } = checkpointFiles;
const anySchema = z.record(z.string(), z.unknown());

/**
 * Writes config.json and the tokenizer's files for transformers.js.
 * @param dtypes of the graphs that are there: one alone is the default, whatever a device's default is
 * @returns their names
 */
export async function writeHubFiles(
  to: string,
  source: HubFiles,
  dtypes: readonly Dtype[],
): Promise<string[]> {
  const { folder } = source;
  const write = (name: string, value: unknown, space?: number) =>
    writeAtomic(join(to, name), `${JSON.stringify(value, null, space)}\n`);
  write(configName, createConfig(readHubConfig(folder), source, dtypes), 2);
  write(
    tokenizerName,
    createTokenizer(readJson(join(folder, tokenizerName), anySchema, "a tokenizer"), source),
  );
  const config = readJson(join(folder, tokenizerConfig), anySchema, "a JSON object");
  const limits = { model_max_length: source.maxLength, padding_side: "right" };
  write(tokenizerConfig, { ...config, ...limits }, 2);
  const made: string[] = [configName, tokenizerName, tokenizerConfig];
  const copied = tokenizerFiles.filter(
    (name) => !made.includes(name) && existsSync(join(folder, name)),
  );
  for (const name of copied) await copyInside(join(folder, name), join(to, name));
  return [...made, ...copied];
}

/** The encoder's configuration with the class in transformers, the labels' names, and the graph's number type. */
function createConfig(
  hubConfig: Record<string, unknown>,
  { classes }: HubFiles,
  dtypes: readonly Dtype[],
): Record<string, unknown> {
  const { architectures, id2label, label2id, "transformers.js_config": _, ...config } = hubConfig;
  // Such as BertModel, or BertForMaskedLM.
  const family = [architectures]
    .flat()
    .map((name) => String(name).replace(/(Model|For[A-Z]\w*)$/, ""));
  const task = classes ? "ForSequenceClassification" : "ForMultipleChoice";
  return {
    ...config,
    ...(Array.isArray(architectures) && { architectures: [`${family[0]}${task}`] }),
    ...describeLabels(classes),
    ...(dtypes.length === 1 && { "transformers.js_config": { dtype: dtypes[0] } }),
  };
}

/** What config.json says of the labels; null: a choice has none. */
export function describeLabels(classes: readonly string[] | null) {
  return (
    classes && {
      id2label: { ...classes },
      label2id: Object.fromEntries(classes.map((name, id) => [name, id])),
      problem_type: "single_label_classification",
    }
  );
}

/**
 * A tokenizer that puts the prompt before each text by itself. Truncation is that of tokenizer_config.json, and
 * nothing is padded unless it is asked for.
 */
function createTokenizer(
  { truncation, padding, normalizer, ...tokenizer }: Record<string, unknown>,
  { prompt, lowerCase }: HubFiles,
): Record<string, unknown> {
  const before = [
    ...(prompt === "" ? [] : [{ type: "Prepend", prepend: prompt }]),
    ...(lowerCase ? [{ type: "Lowercase" }] : []),
  ];
  const own = normalizer ? [normalizer] : [];
  const all =
    before.length === 0
      ? (normalizer ?? null)
      : { type: "Sequence", normalizers: [...before, ...own] };
  return { ...tokenizer, truncation: null, padding: null, normalizer: all };
}
