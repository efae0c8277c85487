/** The door for pages: what needs nothing of Node. The bundles of their scripts hold it. */
export { fillFrame } from "./embed/frame.ts";
export { type EmbedText, prepareText, tokenizeText, toText } from "./embed/truncate.ts";
export { openUseLiteModel } from "./embed/use-lite-model.ts";
export { createUseLiteReader, createUseLiteTokenizer } from "./embed/use-lite-tokenizer.ts";
export { createWordVectors } from "./embed/word-vectors.ts";
export { cutMarks } from "./messages/combining-marks.ts";
