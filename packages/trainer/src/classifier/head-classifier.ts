import { join } from "node:path";
import { type Backend, type Embed, ExpectedError } from "@seedling/core/internal";
import { openSafetensors } from "../checkpoint/read-safetensors.ts";
import { writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { createOps } from "../encoder/ops.ts";
import { embedExamples } from "../features/features.ts";
import { countInputs, type Head, type Layer, listNumbers, scoreItems } from "../head/head.ts";
import { type Classifier, createClassifier } from "./classifier.ts";
import { classifierFiles, type HeadFacts, writeFacts } from "./facts.ts";

/** A head on a frozen encoder, at rest. */
export interface SavedHead extends Omit<HeadFacts, "format" | "tune" | "kind" | "head"> {
  head: Head;
}

/** Writes classifier.json and model.safetensors into a folder. Equal classifiers give equal bytes. */
export async function saveHeadClassifier(folder: string, saved: SavedHead): Promise<void> {
  const { encoder, runtime, dtype, maxLength, input, features, classes, createdBy, head } = saved;
  const facts: HeadFacts = {
    format: "seedling-classifier-2",
    tune: "head",
    kind: head.kind,
    encoder,
    runtime,
    dtype,
    maxLength,
    input,
    features,
    head: {
      type: head.dense ? "mlp" : "linear",
      dimensions: countInputs(head),
      hidden: head.dense?.outputs ?? null,
      outputs: head.output.outputs,
    },
    classes,
    createdBy,
  };
  const tensors = listNumbers(head).map(
    ({ name, shape, values }) => [`head.${name}`, { shape, data: values }] as const,
  );
  await writeSafetensors(join(folder, classifierFiles.weights), new Map(tensors));
  writeFacts(folder, facts);
}

/**
 * Reads the weights of a head whose facts were read.
 * @throws ExpectedError naming the file, what was expected and what came
 */
export async function readHead(folder: string, facts: HeadFacts): Promise<SavedHead> {
  const { kind, head, format: _, tune: __, ...rest } = facts;
  const path = join(folder, classifierFiles.weights);
  const weights = await openSafetensors(path, "train the classifier again");
  const take = async (name: string, ...shape: number[]): Promise<Float32Array> => {
    const found = weights.tensors.get(name);
    const data = found?.shape.join() === shape.join() ? await weights.read(name) : null;
    if (data?.every(Number.isFinite)) return data;
    throw new ExpectedError(
      `${path}: expected ${name} with shape [${shape}] and finite values, ` +
        `got ${found ? `shape [${found.shape}]` : "none"}`,
    );
  };
  const takeLayer = async (name: string, inputs: number, outputs: number, hasBias: boolean) => {
    const weight = await take(`head.${name}.weight`, inputs, outputs);
    const bias = hasBias ? await take(`head.${name}.bias`, outputs) : null;
    return { inputs, outputs, weight, bias } satisfies Layer;
  };
  try {
    const { dimensions, hidden, outputs } = head;
    const dense = hidden === null ? null : await takeLayer("dense", dimensions, hidden, true);
    const output = await takeLayer("output", hidden ?? dimensions, outputs, kind === "classes");
    return { ...rest, head: { kind, dense, output } };
  } finally {
    await weights.close();
  }
}

/** Creates a classifier of a head and its encoder, which it owns from then on. */
export function createHeadClassifier(
  saved: SavedHead,
  embed: Embed,
  backend: Pick<Backend, "tf" | "name">,
): Classifier {
  const { features, input, classes, head } = saved;
  const ops = createOps(backend);
  return createClassifier({
    classes,
    input,
    async score(examples, progress) {
      const seen = { embed, kind: head.kind, features, input };
      const { vectors } = await embedExamples(examples, seen, progress);
      return scoreItems(
        ops,
        head,
        vectors.map((own) => ({ vectors: own })),
      );
    },
    save: (folder) => saveHeadClassifier(folder, saved),
    dispose: () => embed.dispose(),
  });
}
