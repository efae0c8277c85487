export { type Classifier, loadClassifier } from "./classifier/classifier.ts";
export { hashClassifier } from "./classifier/classifier-files.ts";
export type { Prediction } from "./classifier/prediction.ts";
export { type TrainingManifest, trainingManifestSchema } from "./classifier/training-manifest.ts";
export { hashExamples, loadTrainingData } from "./data/training-data.ts";
export { createEmbedProgress } from "./features/features.ts";
export { openFrozenEncoder } from "./features/frozen-encoder.ts";
export { trainingFiles } from "./run/train-run.ts";
