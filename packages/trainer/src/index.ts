/** The door for people: classifiers. Other packages use `@seedling/trainer/internal`. */
export type { Classifier, ClassifierInput, Prediction } from "./classifier/classifier.ts";
export { type ExportedClassifier, exportOnnx } from "./classifier/export-onnx.ts";
export { type LoadOptions, loadClassifier } from "./classifier/load-classifier.ts";
export { openRefit, type RefitOptions } from "./classifier/refit.ts";
export { type SelectOptions, selectExamples } from "./classifier/select-examples.ts";
export { trainClassifier } from "./classifier/train-classifier.ts";
export type { TrainedClassifier, TrainOptions } from "./classifier/train-options.ts";
export type { ModelOptions } from "./features/frozen-encoder.ts";
export type { Truncated } from "./features/truncation.ts";
