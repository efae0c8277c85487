export { type Classifier, loadClassifier, type Prediction } from "./classifier/classifier.ts";
export { hashClassifier } from "./classifier/classifier-files.ts";
export { type TrainingManifest, trainingManifestSchema } from "./classifier/training-manifest.ts";
export { hashExamples, loadTrainingData } from "./data/training-data.ts";
export { createEmbedProgress } from "./features/log-progress.ts";
export { openFrozenEncoder } from "./features/open-frozen.ts";
export { trainingFiles } from "./run/train-run.ts";
