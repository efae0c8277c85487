export { type Classifier, loadClassifier, type Prediction } from "./classifier/classifier.ts";
export { countLabels, hashClassifier, trainingFiles } from "./train-run.ts";
export { type TrainingManifest, trainingManifestSchema } from "./training-manifest.ts";
