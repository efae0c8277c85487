/** The door for pages: what needs nothing of Node. The bundles of their scripts hold it. */
export type { Batch } from "./embed/encoder.ts";
export { type FramePart, fillFrame } from "./embed/frame.ts";
export { type EmbedText, prepareText, tokenizeText, toText } from "./embed/truncate.ts";
export { openUseLiteModel, useLiteTokens } from "./embed/use-lite-model.ts";
export { createUseLiteReader, createUseLiteTokenizer } from "./embed/use-lite-tokenizer.ts";
export { createWordVectors, type WordWeights } from "./embed/word-vectors.ts";
export { cutMarks } from "./messages/combining-marks.ts";
