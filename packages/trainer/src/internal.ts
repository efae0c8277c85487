export { type Classifier, loadClassifier, type Prediction } from "./classifier/classifier.ts";
export { hashClassifier } from "./classifier/classifier-files.ts";
export { openFrozen } from "./open-frozen.ts";
export { openProgress } from "./tell-progress.ts";
export { trainingFiles } from "./train-run.ts";
export { hashExamples, loadTrainingData } from "./training-data.ts";
export { type TrainingManifest, trainingManifestSchema } from "./training-manifest.ts";
