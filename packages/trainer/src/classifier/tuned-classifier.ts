import { type Backend, ExpectedError } from "@seedling/core";
import { type Checkpoint, openCheckpoint } from "../checkpoint/checkpoint.ts";
import { openTokenizer } from "../checkpoint/tokenizer.ts";
import { parseEncoderConfig } from "../encoder/encoder-config.ts";
import type { EncoderHead } from "../encoder/head.ts";
import { listHeadParameters } from "../encoder/head.ts";
import { loadParameter } from "../encoder/load-values.ts";
import { openOps } from "../encoder/ops.ts";
import { listParameters } from "../encoder/parameters.ts";
import { toClassPlaces } from "../scores/scored.ts";
import { openTrainable } from "../tune/adamw.ts";
import { scoreTokenItems } from "../tune/student.ts";
import { toSequences } from "../tune/token-items.ts";
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
  const checkpoint = await openCheckpoint(dir);
  try {
    const config = parseEncoderConfig(checkpoint.config, `${dir}/config.json`);
    const own = facts.head === "own" ? config.family.heads[kind] : null;
    const head: EncoderHead = { own, outputs: classes?.length ?? 1 };
    const tokenizer = await openTokenizer(dir);
    if (tokenizer.vocabulary > config.vocabulary)
      throw new ExpectedError(
        `${dir}: expected a tokenizer of at most ${config.vocabulary} tokens, as config.json says, got ${tokenizer.vocabulary}`,
      );
    const weights = await openWeights(checkpoint, backend);
    const student = { ops: weights.ops, config, head, weights: weights.weights };
    return {
      classes,
      input,
      async predict(examples, progress) {
        const places = examples.map((example) => classes && toClassPlaces(example, classes));
        const { sequences } = toSequences(examples, {
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
        weights.dispose();
      },
    };

    async function openWeights(from: Checkpoint, on: Pick<Backend, "tf" | "name">) {
      const ops = openOps(on);
      const parameters = [...listParameters(config), ...listHeadParameters(head, config)];
      const load = async (_: string, name: string) => {
        const parameter = parameters.find((one) => one.name === name);
        return parameter ? loadParameter(from, config, parameter) : null;
      };
      return { ops, ...(await openTrainable(ops, parameters, load, () => false)) };
    }
  } finally {
    await checkpoint.close();
  }
}
