import { ExpectedError } from "@seedling/core/internal";
import { z } from "zod";
import { families } from "./families.ts";

/** An encoder's sizes and dropout rates, from the hub's config.json. */
export type EncoderConfig = ReturnType<typeof parseEncoderConfig>;

const count = z.number().int().positive();
const share = z.number().min(0).max(1);

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
  if (config.position_embedding_type !== undefined && config.position_embedding_type !== "absolute")
    throw new ExpectedError(
      `${path}: expected position_embedding_type absolute, got ${config.position_embedding_type}`,
    );
  const take = <T>(key: string, type: z.ZodType<T>): T => {
    const parsed = type.safeParse(config[key]);
    if (parsed.success) return parsed.data;
    throw new ExpectedError(
      `${path}: ${key}: ${parsed.error.issues[0]?.message}, got ${JSON.stringify(config[key])}`,
    );
  };
  const { keys } = family;
  const dropout = take(keys.dropout, share.default(0.1));
  const padding = z.number().int().nonnegative().default(1);
  const positionOffset = family.offsetByPadding ? take("pad_token_id", padding) + 1 : 0;
  const [hidden, heads] = [take(keys.hidden, count), take(keys.heads, count)];
  if (hidden % heads !== 0)
    throw new ExpectedError(`${path}: expected ${keys.heads} to divide ${hidden}, got ${heads}`);
  return {
    family,
    hidden,
    heads,
    layers: take(keys.layers, count),
    /** Width of the feed-forward part. */
    inner: take(keys.inner, count),
    activation: take(keys.activation, z.enum(["gelu", "relu"])),
    epsilon: take("layer_norm_eps", z.number().positive().default(1e-12)),
    /** Added to a token's position, from 0, to find its row of the position embeddings. */
    positionOffset,
    /** Tokens of the longest sequence. */
    maxPositions: take("max_position_embeddings", count) - positionOffset,
    vocabulary: take("vocab_size", count),
    /** Rows of the segment embeddings; 0: it has none. */
    typeCount: family.tokenTypes ? take("type_vocab_size", count.default(2)) : 0,
    dropout,
    attentionDropout: take(keys.attentionDropout, share.default(0.1)),
    headDropout: take(keys.headDropout, share.nullish()) ?? dropout,
    /** Rows of the relative position bias; 0: it has none. */
    relativeBuckets: family.relativeBias
      ? take("relative_attention_num_buckets", count.default(32))
      : 0,
    initializerRange: take("initializer_range", z.number().positive().default(0.02)),
  };
}
