import type { ActivationName } from "./functional.ts";

/** A head: first token -> dense -> activation -> output, with dropout where the hub's has it. */
export interface HeadNames {
  /** The dense layer's name; within the encoder's prefix if it starts with a dot. */
  dense: string;
  activation: ActivationName;
  output: string;
  /** Whether the first token's values are dropped from, too. */
  dropsFirst: boolean;
}

/** How a family of encoders differs from the others. */
export interface Family {
  /** Before "Model", "ForSequenceClassification" and "ForMultipleChoice" in the classes of transformers. */
  className: string;
  /** Before the encoder's parameters in a checkpoint with a head. */
  prefix: string;
  /** Before a layer's number. */
  layers: string;
  /** The names of one layer's parameters, after the layer's own prefix; `.weight` and `.bias` follow. */
  names: typeof bertNames;
  /** Whether positions count from the padding id on, as in fairseq's models. */
  offsetByPadding: boolean;
  /** Segment embeddings. */
  tokenTypes: boolean;
  /** The table of a relative position bias that all layers share, or null. */
  relativeBias: string | null;
  /** The configuration's keys. */
  keys: typeof bertKeys;
  /** Of a sequence classification and of a multiple choice. */
  heads: Record<"classes" | "choice", HeadNames>;
}

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

const pooled: HeadNames = {
  dense: ".pooler.dense",
  activation: "tanh",
  output: "classifier",
  dropsFirst: false,
};

const fairseqClasses: HeadNames = {
  dense: "classifier.dense",
  activation: "tanh",
  output: "classifier.out_proj",
  dropsFirst: true,
};

const bert: Family = {
  className: "Bert",
  prefix: "bert",
  layers: "encoder.layer",
  names: bertNames,
  offsetByPadding: false,
  tokenTypes: true,
  relativeBias: null,
  keys: bertKeys,
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

const distilHead: HeadNames = {
  dense: "pre_classifier",
  activation: "relu",
  output: "classifier",
  dropsFirst: false,
};

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
export const families: Readonly<Record<string, Family>> = {
  bert,
  roberta,
  "xlm-roberta": { ...roberta, className: "XLMRoberta" },
  mpnet,
  distilbert,
};
