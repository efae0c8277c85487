import { join } from "node:path";
import { type Context, hashValue, openBackend, type Run } from "@seedling/core/internal";
import {
  type Classifier,
  createEmbedProgress,
  findWeightsDtype,
  hashEncoder,
  hashRunReading,
  listNameTexts,
  openNamesClassifier,
  toTrainingConditions,
} from "@seedling/trainer/internal";
import { evaluate } from "./evaluate.ts";
import { describeUntrained, type Predictor } from "./predictor.ts";

/** Opens what answers by the labels' names alone, for the encoder of a run. It is loaded once, when it first predicts. */
export async function openNamesPredictor(run: Run, ctx: Context): Promise<Predictor> {
  const { flags, task } = run;
  const labels = task.labels ?? [];
  const texts = listNameTexts(labels, task.own?.descriptions ?? null);
  const encoder = await hashEncoder(flags);
  const open = async () => {
    const usesBackend = flags.encoder === "use-lite" || flags.runtime === "tfjs";
    const options = {
      ...(usesBackend && { backend: await openBackend({ force: flags.backend }) }),
      vectorCache: join(flags.results, "cache", "embeddings"),
      ...{ log: ctx.log, fetch: ctx.fetch, env: ctx.env },
    };
    return openNamesClassifier({ labels, texts, input: flags.input }, flags, options);
  };
  let classifier: Promise<Classifier> | null = null;
  const dtype = await findWeightsDtype(flags).catch(() => null);
  return {
    ...describeUntrained(run, {
      completions: null,
      conditions: toTrainingConditions(run, { creation: null, review: null }, dtype),
      encoder: flags.encoder,
    }),
    async inputs() {
      const reading = hashRunReading(flags);
      return {
        names: hashValue(texts),
        ...(encoder && { encoder }),
        ...(reading && { reading }),
      };
    },
    async predict(_, { examples }) {
      classifier ??= open();
      const onProgress = createEmbedProgress("read", ctx.log);
      return (await evaluate(await classifier, examples, { onProgress })).items;
    },
    async dispose() {
      await (await classifier?.catch(() => null))?.dispose();
    },
  };
}
