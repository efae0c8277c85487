import {
  type Embed,
  type Embedding,
  type EmbedProgress,
  renderPercent,
  renderWhole,
} from "@seedling/core/internal";
import {
  ablateInput,
  type Input,
  type TaskKind,
  type UnlabelledExample,
} from "../data/examples.ts";

/**
 * What a head sees of an example. "text": one text. "pair": two texts u, v as [u, v, |u - v|, u * v].
 */
export type Features = "text" | "pair";

/**
 * What the encoder reads of an example, for each of its vectors one text or two. As one text, a context
 * stands last: only it is cut. As two, they are question and context, which both are the question where
 * there is no context, or question (with the context) and option.
 */
export function listTexts(
  { question, context, options }: UnlabelledExample,
  kind: TaskKind,
  features: Features,
): string[][] {
  const after = context === null ? "" : ` ${context}`;
  if (kind === "choice")
    return options.map((option) =>
      features === "text" ? [`${question} ${option}${after}`] : [question + after, option],
    );
  return features === "text" ? [[question + after]] : [[question, context ?? question]];
}

/** The encoder's vectors of one or two texts as the one vector that the head sees. */
export function combineVectors([u, v]: readonly [Float32Array, Float32Array?]): Float32Array {
  if (!v) return u;
  const size = u.length;
  const all = new Float32Array(4 * size);
  all.set(u);
  all.set(v, size);
  for (let i = 0; i < size; i++) {
    all[2 * size + i] = Math.abs((u[i] ?? 0) - (v[i] ?? 0));
    all[3 * size + i] = (u[i] ?? 0) * (v[i] ?? 0);
  }
  return all;
}

/** The length of what the head sees. @param dimensions the encoder's */
export function countFeatures(features: Features, dimensions: number): number {
  return features === "pair" ? 4 * dimensions : dimensions;
}

/** How much the encoder's maximum length took away, as shares from 0 to 1. */
export interface TruncatedFractions {
  /** Of the texts, those that were cut. */
  texts: number;
  /** Of all tokens, those cut off. */
  tokens: number;
}

export function computeTruncation(
  embeddings: readonly Pick<Embedding, "tokens" | "kept">[],
): TruncatedFractions {
  let texts = 0;
  let tokens = 0;
  let kept = 0;
  for (const embedding of embeddings) {
    if (embedding.kept < embedding.tokens) texts += 1;
    tokens += embedding.tokens;
    kept += embedding.kept;
  }
  return { texts: texts / (embeddings.length || 1), tokens: (tokens - kept) / (tokens || 1) };
}

/** What did better on dev: on CSQA pairs by six points; on BoolQ there was no difference. */
const defaultFeatures = { choice: "pair", classes: "text" } as const;

/** What a head on a frozen encoder sees of an example. */
export interface FeatureOptions {
  kind: TaskKind;
  features: Features;
  input: Input;
}

/** Chooses what a head reads of an example. @param classes null for a choice */
export function chooseFeatures(
  classes: readonly string[] | null,
  { features, input }: { features: Features | null; input: Input },
): FeatureOptions {
  const kind = classes ? "classes" : "choice";
  return { kind, features: features ?? defaultFeatures[kind], input };
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

/** Milliseconds between lines. */
const every = 5000;

/**
 * Tells now and then how many texts are done.
 * @param what was done with them, such as "embedded"
 * @param now the time in milliseconds
 */
export function createEmbedProgress(
  what: string,
  log: (line: string) => void,
  now: () => number = Date.now,
): EmbedProgress {
  let told = now();
  return (done, total) => {
    if (now() - told < every) return;
    told = now();
    log(`  ${renderWhole(done)} of ${renderWhole(total)} texts ${what}`);
  };
}

/** Renders a fraction of tokens that were truncated; one above 0 never looks like 0. */
export function renderTruncated(fraction: number): string {
  if (fraction === 0) return "none";
  return fraction < 0.0005 ? "less than 0.1 %" : renderPercent(fraction);
}
