import { ExpectedError } from "@seedling/core/internal";
import { z } from "zod";
import { type ActivationName, activations } from "./activations.ts";
import { type AttentionKind, parseAttentionKinds } from "./attention-kinds.ts";
import { families, type HeadNames } from "./families.ts";

/** An encoder's sizes and dropout rates, from the hub's config.json. */
export type EncoderConfig = ReturnType<typeof parseEncoderConfig>;

const count = z.number().int().positive().max(10_000_000);
const share = z.number().min(0).max(1);
const activation = z.enum(Object.keys(activations) as ActivationName[]);

/** Each token sees all others, and no position turns anything. */
const plain: AttentionKind = { window: null, ropeTheta: null };

/**
 * Parses the hub's config.json.
 * @param path the file, for errors
 * @throws ExpectedError if the architecture is not one of ours, or a value is missing or impossible
 */
export function parseEncoderConfig(config: Record<string, unknown>, path: string) {
  const type = String(config.model_type);
  const family = Object.hasOwn(families, type) ? families[type] : undefined;
  if (!family)
    throw new ExpectedError(
      `${path}: expected model_type ${Object.keys(families).join(", ")}, got ${type}; with --tune head --runtime onnx any encoder of transformers.js can be used`,
    );
  // Of rotary ones the hub's files say absolute, too, or anything.
  const positions = family.isRotary ? undefined : config.position_embedding_type;
  if (positions !== undefined && positions !== "absolute")
    throw new ExpectedError(`${path}: expected position_embedding_type absolute, got ${positions}`);
  const take = <T>(key: string, type: z.ZodType<T>): T => {
    const parsed = type.safeParse(config[key]);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new ExpectedError(
      `${path}: ${[key, ...(issue?.path ?? [])].join(".")}: ${issue?.message}, got ${JSON.stringify(config[key])}`,
    );
  };
  const { keys, defaults } = family;
  const takeShare = (key: string | null) =>
    key === null ? 0 : take(key, share.default(defaults.dropout));
  const takeBias = (key: string | null) => key === null || take(key, z.boolean().default(false));
  const takeHead = (head: HeadNames): HeadNames => ({
    ...head,
    hasBias: takeBias(keys.bias.head),
    ...(keys.headActivation && {
      activation: take(keys.headActivation, activation.default("gelu")),
    }),
    ...(keys.headPooling && {
      pooling: take(keys.headPooling, z.enum(["cls", "mean"]).default("cls")),
    }),
  });
  const padding = z.number().int().nonnegative().default(1);
  const positionOffset = family.offsetByPadding ? take("pad_token_id", padding) + 1 : 0;
  const [hidden, heads] = [take(keys.hidden, count), take(keys.heads, count)];
  if (hidden % heads !== 0)
    throw new ExpectedError(`${path}: expected ${keys.heads} to divide ${hidden}, got ${heads}`);
  if (family.isRotary && (hidden / heads) % 2 !== 0)
    throw new ExpectedError(
      `${path}: expected heads of an even size, for rotary positions, got ${hidden} / ${heads}`,
    );
  const layers = take(keys.layers, count.max(1000));
  const inner = take(keys.inner, count);
  const embeddings = takeShare(keys.dropout.embeddings);
  return {
    family,
    hidden,
    heads,
    layers,
    /** Width of the feed-forward part, and of what its first matrix gives: with the gates twice that. */
    inner,
    up: family.isGated ? 2 * inner : inner,
    activation: take(keys.activation, activation),
    /** How each layer attends. */
    attention: family.isRotary
      ? parseAttentionKinds(take, layers, path)
      : Array.from({ length: layers }, () => plain),
    epsilon: take(keys.epsilon, z.number().positive().default(defaults.epsilon)),
    /** Added to a token's position, from 0, to find its row of the position embeddings. */
    positionOffset,
    /** Tokens of the longest sequence. */
    maxPositions: take("max_position_embeddings", count) - positionOffset,
    vocabulary: take("vocab_size", count),
    /** Rows of the segment embeddings; 0: it has none. */
    typeCount: family.embeddings.types ? take("type_vocab_size", count.default(2)) : 0,
    /** Which dense layers of a layer, and whether norms, have biases. */
    bias: {
      attention: takeBias(keys.bias.attention),
      inner: takeBias(keys.bias.inner),
      norm: takeBias(keys.bias.norm),
    },
    dropout: {
      embeddings,
      attention: takeShare(keys.dropout.attention),
      attentionOutput: takeShare(keys.dropout.attentionOutput),
      inner: takeShare(keys.dropout.inner),
      output: takeShare(keys.dropout.output),
      head: take(keys.dropout.head, share.nullish()) ?? embeddings,
    },
    /** Rows of the relative position bias; 0: it has none. */
    relativeBuckets: family.relativeBias
      ? take("relative_attention_num_buckets", count.default(32))
      : 0,
    initializerRange: take("initializer_range", z.number().positive().default(0.02)),
    /** Of a sequence classification and of a multiple choice. */
    ownHeads: { classes: takeHead(family.heads.classes), choice: takeHead(family.heads.choice) },
  };
}
