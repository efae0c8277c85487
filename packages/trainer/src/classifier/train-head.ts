import { type Example, toJsonl } from "@seedling/core/internal";
import {
  chooseFeatures,
  computeTruncation,
  createEmbedProgress,
  embedExamples,
} from "../features/features.ts";
import { findWeightsDtype, openFrozenEncoder } from "../features/frozen-encoder.ts";
import { toFitData, toVectorItems } from "../head/fit.ts";
import { fitLinear } from "../head/fit-linear.ts";
import { fitMlp } from "../head/fit-mlp.ts";
import type { HeadFacts } from "./facts.ts";
import { createHeadClassifier } from "./head-classifier.ts";
import { toEncoderOptions } from "./load-classifier.ts";
import type { TrainedClassifier, TrainSetup } from "./train-options.ts";

/** Trains a head on a frozen encoder. */
export async function trainHead(setup: TrainSetup): Promise<TrainedClassifier> {
  const { encoder, maxLength, runtime, input, classes, createdBy, backend, log } = setup;
  const dtype = await findWeightsDtype(setup);
  const named = { encoder, runtime, dtype, maxLength };
  const embed = await openFrozenEncoder(named, toEncoderOptions(setup));
  try {
    const { kind, features } = chooseFeatures(classes, setup);
    const read = async (examples: readonly Example[]) => {
      const progress = createEmbedProgress("embedded", log);
      const seen = { embed, kind, features, input };
      const { vectors, cut } = await embedExamples(examples, seen, progress);
      return { items: toVectorItems(examples, vectors, classes), cut: computeTruncation(cut) };
    };
    const train = await read(setup.train);
    const dev = await read(setup.dev);
    const data = toFitData(kind, train.items, dev.items);
    const fitted =
      setup.head === "mlp"
        ? await fitMlp(data, {
            backend,
            learningRates: setup.learningRates ?? [0.0003, 0.001, 0.003],
            batchSizes: setup.batchSize ?? [64],
            epochs: setup.epochs ?? 10,
            weightDecay: setup.weightDecay,
            earlyStop: setup.earlyStop,
            seed: setup.seed,
          })
        : await fitLinear(data);
    const { head } = fitted;
    const facts: HeadFacts = {
      format: "seedling-classifier-2",
      tune: "head",
      kind,
      ...named,
      input,
      features,
      head: {
        type: head.dense ? "mlp" : "linear",
        dimensions: data.dimensions,
        hidden: head.dense?.outputs ?? null,
        outputs: data.outputs,
      },
      classes,
      createdBy,
    };
    return {
      ...createHeadClassifier(facts, head, embed, backend),
      training: {
        ...fitted.dev,
        best: fitted.best,
        cut: { train: train.cut, dev: dev.cut },
        log: toJsonl(fitted.log),
      },
    };
  } catch (error) {
    await embed.dispose();
    throw error;
  }
}
