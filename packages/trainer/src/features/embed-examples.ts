import type { Embed, EmbedProgress, Run } from "@seedling/core/internal";
import { ablateInput, type Input } from "../data/ablate-input.ts";
import {
  combineVectors,
  type Features,
  listTexts,
  type TaskKind,
  type UnlabelledExample,
} from "./features.ts";

/** What did better on dev: on CSQA pairs by six points; on BoolQ there was no difference. */
const defaultFeatures = { choice: "pair", classes: "text" } as const;

/** What a head on a frozen encoder sees of an example. */
export interface FeatureOptions {
  kind: TaskKind;
  features: Features;
  input: Input;
}

/** What a run's head sees. */
export function chooseFeatures({ task, flags }: Run): FeatureOptions {
  const kind = task.options === "fixed" ? "classes" : "choice";
  return { kind, features: flags.features ?? defaultFeatures[kind], input: flags.input };
}

/** Examples as a head sees them. */
export interface EmbeddedExamples {
  /** Of each example one vector, or one for each option. */
  vectors: Float32Array[][];
  /** Of each text that was read, its tokens and those that were kept. */
  cut: { tokens: number; kept: number }[];
}

/** Embeds examples; a text that comes again is encoded once. @param progress counts texts */
export async function embedExamples(
  examples: readonly UnlabelledExample[],
  { embed, kind, features, input }: FeatureOptions & { embed: Embed },
  progress?: EmbedProgress,
): Promise<EmbeddedExamples> {
  const texts = examples.map((example) => listTexts(ablateInput(example, input), kind, features));
  const distinct = [...new Set(texts.flat(2))];
  const embeddings = await embed.embed(distinct, progress);
  const places = new Map(distinct.map((text, place) => [text, place]));
  const toVector = (text: string) =>
    embeddings[places.get(text) ?? -1]?.vector ?? new Float32Array(0);
  return {
    vectors: texts.map((rows) =>
      rows.map(([first = "", second]) =>
        combineVectors(
          second === undefined ? [toVector(first)] : [toVector(first), toVector(second)],
        ),
      ),
    ),
    cut: embeddings.map(({ tokens, kept }) => ({ tokens, kept })),
  };
}
