import { join } from "node:path";
import { createRandom } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import type { HeadFacts, TunedFacts } from "../src/classifier/facts.ts";
import { saveHead } from "../src/classifier/head-classifier.ts";
import { saveTunedClassifier } from "../src/classifier/tuned-classifier.ts";
import { parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { type EncoderHead, listParameters, loadParameter } from "../src/encoder/parameters.ts";
import { countFeatures } from "../src/features/features.ts";
import { shapeHead } from "../src/head/head.ts";

export type Kind = "classes" | "choice";

/** Writes a classifier of a checkpoint's own weights, its head drawn where it has none. */
export async function saveTuned(
  source: string,
  kind: Kind,
  headName: "own" | "mean" = "own",
  more: Partial<TunedFacts> = {},
): Promise<string> {
  const checkpoint = await openCheckpoint(source);
  const config = parseEncoderConfig(checkpoint.config, source);
  const classes = kind === "classes" ? ["True", "False"] : null;
  const own = headName === "own" ? config.ownHeads[kind] : null;
  const head: EncoderHead = { own, outputs: classes?.length ?? 1 };
  const parameters = listParameters(config, head);
  const read = async (name: string) => {
    const parameter = parameters.find((one) => one.name === name);
    if (!parameter) throw new Error(`no ${name}`);
    return loadParameter(checkpoint, config, parameter, 1);
  };
  const dir = tempFolder();
  const facts: TunedFacts = {
    tune: "full",
    encoder: "tiny",
    maxLength: 32,
    input: "full",
    head: headName,
    classes,
    createdBy: "test",
    ...more,
  };
  await saveTunedClassifier(dir, facts, checkpoint, read);
  await checkpoint.close();
  return dir;
}

/** What a saved head is on. */
interface FrozenCase extends Partial<HeadFacts> {
  encoder: string;
  kind: Kind;
  isMlp?: boolean;
  /** The length of a vector of the encoder. */
  size?: number;
}

/** Writes a head that was drawn, on a frozen encoder. */
export async function saveFrozen({ kind, isMlp = false, size = 32, ...more }: FrozenCase) {
  const classes = kind === "classes" ? ["True", "False"] : null;
  const features = more.features ?? "text";
  const dimensions = countFeatures(features, size);
  const [hidden, outputs] = [isMlp ? 8 : null, classes ? 2 : 1];
  const random = createRandom("head of a test");
  const facts: HeadFacts = {
    tune: "head",
    runtime: "tfjs",
    dtype: null,
    maxLength: 32,
    input: "full",
    features,
    head: { type: isMlp ? "mlp" : "linear", dimensions, hidden, outputs },
    classes,
    createdBy: "test",
    ...more,
  };
  const folder = join(tempFolder(), "classifier");
  await saveHead(
    folder,
    facts,
    shapeHead(dimensions, hidden, outputs, () => random.normal()),
  );
  return folder;
}
