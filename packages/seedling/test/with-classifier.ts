import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { saveHead } from "../../trainer/src/classifier/head-classifier.ts";

/** A folder with a classifier that always says no: its bias does. */
export async function withClassifier(
  files: Record<string, string> = {},
  frozen: { encoder: string; runtime: "onnx" | "tfjs" } = { encoder: "use-lite", runtime: "onnx" },
): Promise<string> {
  const folder = tempFolder(files);
  const weight = new Float32Array(512 * 2);
  const bias = Float32Array.of(0, Math.log(3));
  const output = { inputs: 512, outputs: 2, weight, bias };
  const head = { kind: "classes", dense: null, output } as const;
  const classes = ["True", "False"];
  const encoder = { ...frozen, dtype: null, maxLength: 32 } as const;
  const facts = {
    format: "seedling-classifier-2",
    tune: "head",
    kind: "classes",
    ...encoder,
    input: "full",
    features: "text",
    head: { type: "linear", dimensions: 512, hidden: null, outputs: 2 },
    createdBy: "a test",
  } as const;
  await saveHead(join(folder, "training/classifier"), { ...facts, classes }, head);
  return folder;
}
