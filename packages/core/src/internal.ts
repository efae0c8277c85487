export * from "./backend/backend.ts";
export * from "./backend/openers.ts";
export * from "./data/benchmark.ts";
export { type Columns, type FoundColumns, fieldNames } from "./data/columns.ts";
export * from "./data/distinct.ts";
export * from "./data/example.ts";
export type { DownloadDependencies } from "./data/fetch-file.ts";
export * from "./data/label-forms.ts";
export * from "./data/label-names.ts";
export * from "./data/overlap.ts";
export * from "./data/own-task.ts";
export * from "./data/read-examples.ts";
export * from "./data/rows.ts";
export * from "./data/shares.ts";
export * from "./data/sources.ts";
export * from "./data/split-files.ts";
export * from "./data/task-file.ts";
export * from "./data/tasks.ts";
export {
  bagOfWords,
  createBagOfWords,
  learnVocabulary,
  openBagOfWords,
  readVocabulary,
  vocabularyFile,
} from "./embed/bag-of-words.ts";
export { findKept } from "./embed/cache.ts";
export {
  type EncoderReading,
  encoderReadingSchema,
  findTransformerFolder,
  listDeclarationFiles,
  type PoolingName,
  parsePooling,
  readTokenizerLimit,
} from "./embed/declaration.ts";
export {
  type Embed,
  type Embedding,
  type EmbedProgress,
  isTruncated,
  toUnit,
} from "./embed/encoder.ts";
export type { FramePart } from "./embed/frame.ts";
export { chooseOutput } from "./embed/graph-outputs.ts";
export * from "./embed/hub.ts";
export { readJson } from "./embed/model-file.ts";
export {
  type Dtype,
  findDtype,
  findGraphPlace,
  hashModel,
  weightFiles,
} from "./embed/model-folder.ts";
export * from "./embed/open-embed.ts";
export { countDimensions, type DenseLayer, type Recipe, toVector } from "./embed/pooling.ts";
export { readFields } from "./embed/read-onnx.ts";
export * from "./embed/read-safetensors.ts";
export * from "./embed/reading.ts";
export { type EncoderTokenizer, openTokenizer } from "./embed/tokenizer.ts";
export { fetchGraph, prepareModel } from "./embed/transformers.ts";
export { type EmbedText, nameText, prepareText, toText } from "./embed/truncate.ts";
export { readUseLiteGraph, readUseLiteVocabulary, useLite } from "./embed/use-lite.ts";
export { useLiteTokens } from "./embed/use-lite-model.ts";
export * from "./flags/command-line.ts";
export * from "./flags/create-flags.ts";
export {
  choice,
  choiceOr,
  columns,
  type FlagType,
  list,
  numberBetween,
  type Prices,
  positive,
  text,
  whole,
} from "./flags/flag.ts";
export * from "./flags/flags.ts";
export { createFlagOption } from "./flags/help.ts";
export * from "./logs/files.ts";
export * from "./logs/folders.ts";
export * from "./logs/json.ts";
export * from "./logs/lines.ts";
export * from "./logs/lock.ts";
export * from "./logs/log.ts";
export * from "./logs/open-inside.ts";
export * from "./logs/paths.ts";
export { addRoot, isAbsent, joinInside } from "./logs/roots.ts";
export * from "./messages/combining-marks.ts";
export * from "./messages/errors.ts";
export * from "./messages/markdown.ts";
export * from "./messages/plain-text.ts";
export * from "./messages/redact.ts";
export * from "./messages/render-numbers.ts";
export * from "./messages/text-table.ts";
export { howToAsk } from "./runs/completions.ts";
export * from "./runs/label-check.ts";
export * from "./runs/live-model.ts";
export * from "./runs/manifest.ts";
export * from "./runs/plan-runs.ts";
export * from "./runs/read-body.ts";
export * from "./runs/recording.ts";
export * from "./runs/reply-manifests.ts";
export * from "./runs/review.ts";
export * from "./runs/run.ts";
export { canReadNames } from "./runs/task-defaults.ts";
export * from "./stage/command.ts";
export * from "./stage/context.ts";
export * from "./stage/entry.ts";
export * from "./statistics/binomial.ts";
export * from "./statistics/calibration.ts";
export * from "./statistics/random.ts";
