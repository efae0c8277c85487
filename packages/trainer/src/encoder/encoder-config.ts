import { ExpectedError } from "@seedling/core/internal";
import { z } from "zod";
import { type ActivationName, activations } from "./functional.ts";

/** An encoder's sizes and dropout rates, from the hub's config.json. */
export type EncoderConfig = ReturnType<typeof parseEncoderConfig>;

const count = z.number().int().positive().max(10_000_000);
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
    layers: take(keys.layers, count.max(1000)),
    /** Width of the feed-forward part. */
    inner: take(keys.inner, count),
    activation: take(keys.activation, z.enum(Object.keys(activations) as ActivationName[])),
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

/** A head: first token -> dense -> activation -> output, with dropout where the hub's has it. */
export type HeadNames = typeof pooled;

/** How a family of encoders differs from the others. */
type Family = typeof bert;

/** The names of one layer's parameters, after the layer's own prefix; `.weight` and `.bias` follow. */
const bertNames = {
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  out: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  up: "intermediate.dense",
  down: "output.dense",
  outputNorm: "output.LayerNorm",
};

/** The configuration's keys. */
const bertKeys = {
  hidden: "hidden_size",
  layers: "num_hidden_layers",
  heads: "num_attention_heads",
  inner: "intermediate_size",
  activation: "hidden_act",
  dropout: "hidden_dropout_prob",
  attentionDropout: "attention_probs_dropout_prob",
  headDropout: "classifier_dropout",
};

const pooled = {
  /** The dense layer's name; within the encoder's prefix if it starts with a dot. */
  dense: ".pooler.dense",
  activation: "tanh" as ActivationName,
  output: "classifier",
  /** Whether the first token's values are dropped from, too. */
  dropsFirst: false,
};

const fairseqClasses: HeadNames = {
  ...pooled,
  dense: "classifier.dense",
  output: "classifier.out_proj",
  dropsFirst: true,
};

const bert = {
  /** Before "Model", "ForSequenceClassification" and "ForMultipleChoice" in the classes of transformers. */
  className: "Bert",
  /** Before the encoder's parameters in a checkpoint with a head. */
  prefix: "bert",
  /** Before a layer's number. */
  layers: "encoder.layer",
  names: bertNames,
  /** Whether positions count from the padding id on, as in fairseq's models. */
  offsetByPadding: false,
  /** Whether it has segment embeddings. */
  tokenTypes: true,
  /** The table of a relative position bias that all layers share. */
  relativeBias: null as string | null,
  keys: bertKeys,
  /** Of a sequence classification and of a multiple choice. */
  heads: { classes: pooled, choice: pooled },
};

const roberta: Family = {
  ...bert,
  className: "Roberta",
  prefix: "roberta",
  offsetByPadding: true,
  heads: { classes: fairseqClasses, choice: pooled },
};

const mpnet: Family = {
  ...roberta,
  className: "MPNet",
  prefix: "mpnet",
  names: {
    ...bertNames,
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    out: "attention.attn.o",
    attentionNorm: "attention.LayerNorm",
  },
  tokenTypes: false,
  relativeBias: "encoder.relative_attention_bias",
};

const distilHead: HeadNames = { ...pooled, dense: "pre_classifier", activation: "relu" };

const distilbert: Family = {
  ...bert,
  className: "DistilBert",
  prefix: "distilbert",
  layers: "transformer.layer",
  names: {
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    out: "attention.out_lin",
    attentionNorm: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    outputNorm: "output_layer_norm",
  },
  tokenTypes: false,
  keys: {
    hidden: "dim",
    layers: "n_layers",
    heads: "n_heads",
    inner: "hidden_dim",
    activation: "activation",
    dropout: "dropout",
    attentionDropout: "attention_dropout",
    headDropout: "seq_classif_dropout",
  },
  heads: { classes: distilHead, choice: distilHead },
};

/** The families by the `model_type` of the hub's config.json. */
const families: Readonly<Record<string, Family>> = {
  bert,
  roberta,
  "xlm-roberta": { ...roberta, className: "XLMRoberta" },
  camembert: { ...roberta, className: "Camembert" },
  mpnet,
  distilbert,
};
