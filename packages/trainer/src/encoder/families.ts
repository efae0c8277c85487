import type { ActivationName } from "./activations.ts";

/** A head: one vector of a sequence -> dense -> activation -> norm -> output, with dropout where the hub's has it. */
export type HeadNames = typeof pooled;

/** How a family of encoders differs from the others. */
export type Family = typeof bert;

/** The names of one layer's parameters, after the layer's own prefix; `.weight` and `.bias` follow. */
const bertNames = {
  /** Queries, keys and values: three matrices, or one with all their rows. */
  qkv: ["attention.self.query", "attention.self.key", "attention.self.value"],
  out: "attention.output.dense",
  /** After the sum with what attention gives, or where norms come first before attention. */
  attentionNorm: "attention.output.LayerNorm",
  up: "intermediate.dense",
  down: "output.dense",
  /** After the sum with what the feed-forward part gives, or where norms come first before that part. */
  outputNorm: "output.LayerNorm",
};

/** The configuration's keys; null: it has none. */
const bertKeys = {
  hidden: "hidden_size",
  layers: "num_hidden_layers",
  heads: "num_attention_heads",
  inner: "intermediate_size",
  activation: "hidden_act",
  epsilon: "layer_norm_eps",
  dropout: {
    embeddings: "hidden_dropout_prob",
    /** Of attention's probabilities. */
    attention: "attention_probs_dropout_prob",
    attentionOutput: "hidden_dropout_prob",
    /** Before the second matrix of the feed-forward part, or after it: a family has one of them. */
    inner: null as string | null,
    output: "hidden_dropout_prob" as string | null,
    head: "classifier_dropout",
  },
  /** Whether there are biases; null: there are. */
  bias: {
    attention: null as string | null,
    inner: null as string | null,
    norm: null as string | null,
    head: null as string | null,
  },
  /** What the head's activation and pooling are, where the configuration says it. */
  headActivation: null as string | null,
  headPooling: null as string | null,
};

const pooled = {
  /** The dense layer's name; within the encoder's prefix if it starts with a dot. */
  dense: ".pooler.dense",
  hasBias: true,
  activation: "tanh" as ActivationName,
  norm: null as string | null,
  output: "classifier",
  /** Whether the vector is dropped from, too. */
  dropsFirst: false,
  /** The vector: the first token's, or the mean of all. */
  pooling: "cls" as "cls" | "mean",
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
  /** The embedding tables, null: it has none; and the norm of their sum. */
  embeddings: {
    words: "embeddings.word_embeddings",
    positions: "embeddings.position_embeddings" as string | null,
    types: "embeddings.token_type_embeddings" as string | null,
    norm: "embeddings.LayerNorm",
  },
  /** Before a layer's number. */
  layers: "encoder.layer",
  names: bertNames,
  /**
   * The norm after the last layer, where norms come first: before a layer's parts, except before attention in
   * the lowest layer, where the embeddings' own is. null: norms come after the sums.
   */
  finalNorm: null as string | null,
  /** Whether half of what the first matrix of the feed-forward part gives are gates of the other half. */
  isGated: false,
  /** Whether positions count from the padding id on, as in fairseq's models. */
  offsetByPadding: false,
  /** The table of a relative position bias that all layers share. */
  relativeBias: null as string | null,
  /** Whether positions turn queries and keys, and some layers see only a window. */
  isRotary: false,
  keys: bertKeys,
  /** What holds where the configuration does not say it. */
  defaults: { dropout: 0.1, epsilon: 1e-12 },
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
  embeddings: { ...bert.embeddings, types: null },
  names: {
    ...bertNames,
    qkv: ["attention.attn.q", "attention.attn.k", "attention.attn.v"],
    out: "attention.attn.o",
    attentionNorm: "attention.LayerNorm",
  },
  relativeBias: "encoder.relative_attention_bias",
};

const distilHead: HeadNames = { ...pooled, dense: "pre_classifier", activation: "relu" };

const distilbert: Family = {
  ...bert,
  className: "DistilBert",
  prefix: "distilbert",
  embeddings: { ...bert.embeddings, types: null },
  layers: "transformer.layer",
  names: {
    qkv: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
    out: "attention.out_lin",
    attentionNorm: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    outputNorm: "output_layer_norm",
  },
  keys: {
    ...bertKeys,
    hidden: "dim",
    layers: "n_layers",
    heads: "n_heads",
    inner: "hidden_dim",
    activation: "activation",
    dropout: {
      embeddings: "dropout",
      attention: "attention_dropout",
      attentionOutput: "dropout",
      inner: null,
      output: "dropout",
      head: "seq_classif_dropout",
    },
  },
  heads: { classes: distilHead, choice: distilHead },
};

const modernHead: HeadNames = { ...pooled, dense: "head.dense", norm: "head.norm" };

/** ModernBERT (Warner et al. 2024), and with it Ettin and mmBERT. */
const modernbert: Family = {
  ...bert,
  className: "ModernBert",
  prefix: "model",
  embeddings: {
    words: "embeddings.tok_embeddings",
    positions: null,
    types: null,
    norm: "embeddings.norm",
  },
  layers: "layers",
  names: {
    qkv: ["attn.Wqkv"],
    out: "attn.Wo",
    attentionNorm: "attn_norm",
    up: "mlp.Wi",
    down: "mlp.Wo",
    outputNorm: "mlp_norm",
  },
  finalNorm: "final_norm",
  isGated: true,
  isRotary: true,
  keys: {
    ...bertKeys,
    activation: "hidden_activation",
    epsilon: "norm_eps",
    dropout: {
      embeddings: "embedding_dropout",
      attention: "attention_dropout",
      attentionOutput: "attention_dropout",
      inner: "mlp_dropout",
      output: null,
      head: "classifier_dropout",
    },
    bias: {
      attention: "attention_bias",
      inner: "mlp_bias",
      norm: "norm_bias",
      head: "classifier_bias",
    },
    headActivation: "classifier_activation",
    headPooling: "classifier_pooling",
  },
  defaults: { dropout: 0, epsilon: 1e-5 },
  heads: { classes: modernHead, choice: modernHead },
};

/** The families by the `model_type` of the hub's config.json. */
export const families: Readonly<Record<string, Family>> = {
  bert,
  roberta,
  "xlm-roberta": { ...roberta, className: "XLMRoberta" },
  camembert: { ...roberta, className: "Camembert" },
  mpnet,
  distilbert,
  modernbert,
};
