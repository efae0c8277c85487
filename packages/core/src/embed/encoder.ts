/** The token ids of texts of one length, row after row. */
export interface Batch {
  ids: Int32Array;
  rows: number;
}

/** Token ids -> unit vectors. Where it runs, and how many of it there are, changes no bit. */
export interface Encoder {
  dimensions: number;
  /** Gives rows x dimensions numbers, row after row. */
  encode(batch: Batch): Promise<Float32Array>;
  dispose(): Promise<void>;
}
