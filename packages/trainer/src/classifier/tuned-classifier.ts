import type { Backend } from "@seedling/core/internal";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { openTokenizer } from "../checkpoint/tokenizer.ts";
import { findClassIndices } from "../data/examples.ts";
import { checkVocabulary, parseEncoderConfig } from "../encoder/encoder-config.ts";
import { type EncoderHead, listHeadParameters } from "../encoder/encoder-head.ts";
import { createOps } from "../encoder/ops.ts";
import { listParameters, openFrozenWeights } from "../encoder/parameters.ts";
import { scoreTokenItems } from "../tune/model.ts";
import { tokenizeExamples } from "../tune/token-items.ts";
import type { Classifier } from "./classifier.ts";
import { toPrediction } from "./prediction.ts";
import type { TunedFacts } from "./tuned-files.ts";

/**
 * Loads a fully tuned classifier from its folder.
 * @throws ExpectedError if a file is missing or damaged, or a tensor does not fit
 */
export async function loadTuned(
  dir: string,
  facts: TunedFacts,
  backend: Pick<Backend, "tf" | "name">,
): Promise<Classifier> {
  const { kind, classes, maxLength, input } = facts;
  const checkpoint = await openCheckpoint(dir, "train the classifier again");
  try {
    const config = parseEncoderConfig(checkpoint.config, `${dir}/config.json`);
    const own = facts.head === "own" ? config.family.heads[kind] : null;
    const head: EncoderHead = { own, outputs: classes?.length ?? 1 };
    const tokenizer = await openTokenizer(dir);
    checkVocabulary(tokenizer, config, dir);
    const ops = createOps(backend);
    const parameters = [...listParameters(config), ...listHeadParameters(head, config)];
    const frozen = await openFrozenWeights(ops, checkpoint, config, parameters);
    const student = { ops, config, head, weights: frozen.weights };
    return {
      classes,
      input,
      async predict(examples, progress) {
        const places = examples.map((example) => classes && findClassIndices(example, classes));
        const { sequences } = tokenizeExamples(examples, {
          kind,
          tokenizer,
          maxLength: Math.min(maxLength, config.maxPositions),
          input,
        });
        const items = sequences.map((own) => ({ sequences: own }));
        const scores = await scoreTokenItems(student, items, progress);
        return scores.map((own, row) => toPrediction(own, places[row] ?? null));
      },
      async dispose() {
        frozen.dispose();
      },
    };
  } finally {
    await checkpoint.close();
  }
}
