import { type Dtype, type Flags, renderPercent, shortenModelName } from "@seedling/core/internal";
import type { TrainingManifest } from "../classifier/training-manifest.ts";

/**
 * What is trained, and what computes it: transformers.js runs onnx encoders, and a linear head needs no
 * tensors.
 * @param dtype of a frozen encoder's onnx weights; null: it has none
 * @param backend its description
 */
export function renderTrainingSetup(
  { encoder, tune, head }: Pick<Flags, "encoder" | "tune" | "head">,
  dtype: Dtype | null,
  backend: string,
): string {
  const name = shortenModelName(encoder);
  if (tune === "full") return `full tuning of ${name}, backend ${backend}`;
  const frozen = `encoder ${name}${dtype ? ` (${dtype}, transformers.js)` : ""}, ${head ?? "linear"} head`;
  return dtype && head !== "mlp" ? frozen : `${frozen}, backend ${backend}`;
}

/** What a grid varies, in words; what is not here is shown by its name. */
const words: Readonly<Record<string, string>> = {
  learningRate: "learning rate",
  batchSize: "batch size",
  l2: "L2 penalty",
};

/** A point of a grid: `learning rate 2e-5, batch size 16, epoch 3`. */
export function renderTrial(point: TrainingManifest["best"]): string {
  return Object.entries(point)
    .map(([name, value]) => `${words[name] ?? name} ${renderValue(value)}`)
    .join(", ");
}

/** A share of tokens that were cut: one that is not nothing does not look like it. */
export function renderTruncated(share: number): string {
  if (share === 0) return "none";
  return share < 0.0005 ? "less than 0.1 %" : renderPercent(share);
}

/** 0.00002 -> `2e-5`. */
function renderValue(value: number): string {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential() : String(value);
}
