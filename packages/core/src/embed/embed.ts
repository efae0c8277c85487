/** One text as a vector. */
export interface Embedding {
  /** Unit length. */
  vector: Float32Array;
  /** Tokens of the text before truncation, special ones included. */
  tokens: number;
  /** Tokens that were encoded: at most the encoder's maximum length. */
  kept: number;
}

export type EmbedProgress = (done: number, total: number) => void;

/** Texts -> unit vectors. A vector depends on its text alone, never on what else is embedded. */
export interface Embed {
  /** Names everything a vector depends on but the text: two Embeds of one id agree to the bit. */
  id: string;
  dimensions: number;
  /** Longer texts are truncated at their end to this many tokens. */
  maxLength: number;
  embed(texts: readonly string[], progress?: EmbedProgress): Promise<Embedding[]>;
  dispose(): Promise<void>;
}

/** A vector scaled to length 1; one of length 0 stays as it is. */
export function toUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length === 0 ? vector : vector.map((value) => value / length);
}
