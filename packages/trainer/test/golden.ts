import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "@seedling/core/internal";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { type EncoderConfig, parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { type HeldWeights, openWeights } from "../src/encoder/held-weights.ts";
import type { Gradients } from "../src/encoder/module.ts";
import type { Ops } from "../src/encoder/ops.ts";
import {
  type EncoderHead,
  listParameters,
  loadParameter,
  type Parameter,
} from "../src/encoder/parameters.ts";
import type { EncoderModel } from "../src/tune/model.ts";
import type { TokenItem } from "../src/tune/token-items.ts";

/** What PyTorch computed for a task on an encoder; fixtures/golden/README.md says how. */
export interface GoldenTask {
  labels: number[];
  logits: number[][];
  loss: number;
  gradient_norm: number;
  gradient_norms: Record<string, number>;
  gradient_heads: Record<string, number[]>;
  training: { losses: number[]; learning_rates: number[]; final_loss: number };
  /** Where they are not the model's own. */
  input_ids?: number[][];
  attention_mask?: number[][];
}

export interface Golden {
  input_ids: number[][];
  attention_mask: number[][];
  hidden_first_token: number[][];
  unit_embeddings: number[][];
  classification: GoldenTask & { options_per_item?: number };
  multiple_choice?: GoldenTask;
}

/** A model with a task, and PyTorch's numbers for both. */
export interface Case {
  name: string;
  folder: string;
  golden: Golden;
  task: GoldenTask;
  kind: "classes" | "choice";
  /** Whether the checkpoint has a head; else it is on the mean, by make-golden.py's formula. */
  ownHead: boolean;
}

const fixtures = join(import.meta.dirname, "fixtures/golden");

/** Random models of two layers of every family. */
export const tinyNames = [
  "tiny-bert",
  "tiny-bert-classification",
  "tiny-bert-choice",
  "tiny-roberta-classification",
  "tiny-roberta-choice",
  "tiny-xlmroberta-classification",
  "tiny-mpnet",
  "tiny-mpnet-classification",
  "tiny-mpnet-choice",
  "tiny-distilbert",
  "tiny-distilbert-classification",
  "tiny-distilbert-choice",
  "tiny-modernbert",
  "tiny-modernbert-classification",
  "tiny-modernbert-mean",
  "tiny-modernbert-choice",
] as const;

export function toTinyFolder(name: (typeof tinyNames)[number]): string {
  return join(fixtures, name);
}

export function readTinyCase(name: (typeof tinyNames)[number]): Case {
  const folder = toTinyFolder(name);
  const golden: Golden = readJson(join(folder, "golden.json"));
  const task = golden.classification;
  const kind = name.endsWith("-choice") ? "choice" : "classes";
  return { name, folder, golden, task, kind, ownHead: name.split("-").length > 2 };
}

/** The two tasks of a real model. */
export function readRealCases(folder: string, path: string): Case[] {
  const golden: Golden = readJson(path);
  const { classification, multiple_choice: choice } = golden;
  const model = { folder, golden, ownHead: false };
  const name = folder.split("/").at(-1);
  if (!choice) throw new Error(`${path} has no multiple choice`);
  return [
    { ...model, name: `${name}`, task: classification, kind: "classes" },
    { ...model, name: `${name} on choices`, task: choice, kind: "choice" },
  ];
}

/** An encoder with its head, in training. */
export interface OpenedCase {
  student: EncoderModel;
  trainable: HeldWeights;
  parameters: Parameter[];
  /** The task's. */
  items: TokenItem[];
  /** The model's own texts, each an item. */
  texts: TokenItem[];
}

/** Opens a case. @param change of its config.json; biases that it asks for are drawn */
export async function openCase(ops: Ops, one: Case, change: object = {}): Promise<OpenedCase> {
  const { golden, task, kind, ownHead } = one;
  const checkpoint = await openCheckpoint(one.folder);
  const config = parseEncoderConfig({ ...checkpoint.config, ...change }, one.folder);
  const outputs = kind === "choice" ? 1 : 2;
  const toHead = ({ ownHeads }: EncoderConfig): EncoderHead => ({
    own: ownHead ? ownHeads[kind] : null,
    outputs,
  });
  const head = toHead(config);
  const parameters = listParameters(config, head);
  const unchanged = parseEncoderConfig(checkpoint.config, one.folder);
  const usual = listParameters(unchanged, toHead(unchanged)).map(({ name }) => name);
  const load = async (parameter: Parameter, kind: string) => {
    const { name, shape } = parameter;
    if (kind !== "values") return null;
    if (!usual.includes(name)) {
      const random = createRandom("a bias", name);
      return new Float32Array(shape[0] ?? 0).map(() => 0.1 * random.normal());
    }
    return !ownHead && name.startsWith("head.")
      ? toHeadByFormula(name, config.hidden, outputs)
      : loadParameter(checkpoint, config, parameter);
  };
  const trainable = await openWeights(ops, parameters, load, () => true);
  await checkpoint.close();
  const sequences = toSequences(task.input_ids ? (task as Golden & GoldenTask) : golden);
  const perItem = sequences.length / task.labels.length;
  const positions = kind === "choice" ? perItem : outputs;
  const items = task.labels.map((label, row) => ({
    sequences: sequences.slice(row * perItem, (row + 1) * perItem),
    label,
    right: Array.from({ length: positions }, (_, position) => position === label),
  }));
  const texts = toSequences(golden).map((sequence) => ({
    sequences: [sequence],
    label: 0,
    right: [],
  }));
  const student = { ops, config, head, weights: trainable.weights };
  return { student, trainable, parameters, items, texts };
}

/** Gradients by PyTorch's names, each one's numbers row by row. */
export async function toHubGradients(
  { all }: Gradients,
  { parameters }: OpenedCase,
  { ownHead }: Case,
): Promise<Map<string, Float32Array>> {
  const named = new Map<string, Float32Array>();
  for (const { name, hub } of parameters) {
    const values = await all.get(name)?.data<"float32">();
    if (!values) continue;
    const size = values.length / hub.length;
    hub.forEach((hubName, part) => {
      const isHead = name.startsWith("head.");
      const bare = isHead
        ? hubName.replace("classifier", "head")
        : hubName.slice(hubName.indexOf(".") + 1);
      const key = ownHead ? hubName : bare;
      named.set(key, values.slice(part * size, (part + 1) * size));
    });
  }
  return named;
}

/** Unpadded sequences. */
function toSequences({ input_ids, attention_mask }: Pick<Golden, "input_ids" | "attention_mask">) {
  return input_ids.map((row, at) => {
    const ids = row.filter((_, place) => attention_mask[at]?.[place] === 1);
    return { ids, typeIds: ids.map(() => 0) };
  });
}

/** weight[o][i] = 0.02 sin(1 + o + i * outputs), bias 0. */
function toHeadByFormula(name: string, hidden: number, outputs: number): Float32Array {
  if (name.endsWith(".bias")) return new Float32Array(outputs);
  return Float32Array.from({ length: outputs * hidden }, (_, at) => {
    const [output, input] = [Math.floor(at / hidden), at % hidden];
    return 0.02 * Math.sin(1 + output + input * outputs);
  });
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8"));
}
