/** What the matrix products of an encoder depend on. */
export interface EncoderSizes {
  layers: number;
  hidden: number;
  /** Of the feed-forward part. */
  inner: number;
}

/**
 * The sizes, by their config.json on the hub, of encoders that the experiments name, so that these can be
 * forecast before any of it is on this machine. Liu et al. 2019 have RoBERTa's, too.
 */
export const knownEncoders: Readonly<Record<string, EncoderSizes>> = {
  "FacebookAI/roberta-large": { layers: 24, hidden: 1024, inner: 4096 },
  "FacebookAI/roberta-base": { layers: 12, hidden: 768, inner: 3072 },
  "distilbert/distilbert-base-uncased": { layers: 6, hidden: 768, inner: 3072 },
  "sentence-transformers/all-MiniLM-L6-v2": { layers: 6, hidden: 384, inner: 1536 },
};

/** Floating-point operations for a token, forward: two for each number of a layer's six matrices. */
export function toForwardOperations({ layers, hidden, inner }: EncoderSizes): number {
  return 2 * layers * (4 * hidden * hidden + 2 * hidden * inner);
}
