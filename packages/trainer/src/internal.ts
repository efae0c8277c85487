export { hashEncoder, hashRunReading } from "./checkpoint/encoder-hash.ts";
export type { CardEvaluation } from "./classifier/card-results.ts";
export {
  type Classifier,
  isBelow,
  noNumbers,
  type OptionPrediction,
} from "./classifier/classifier.ts";
export { exportOnnx } from "./classifier/export-onnx.ts";
export {
  classifierFiles,
  hashClassifier,
  readFacts,
  readWholeFacts,
  writeThreshold,
} from "./classifier/facts.ts";
export { readHeldOut } from "./classifier/held-out.ts";
export { type LoadOptions, loadClassifier } from "./classifier/load-classifier.ts";
export { listTrainingFacts, renderModelCard, type TrainingFact } from "./classifier/model-card.ts";
export { listNameTexts, openNamesClassifier } from "./classifier/names-classifier.ts";
export { type LineCount, predictLines } from "./classifier/predict-lines.ts";
export { openRefit } from "./classifier/refit.ts";
export {
  type GraphReading,
  type HeadShape,
  type RunnableClassifier,
  type RunnableFacts,
  readRunnable,
} from "./classifier/runnable.ts";
export {
  renderCalibration,
  renderOlder,
  type TrainingManifest,
  trainingManifestSchema,
} from "./classifier/training-manifest.ts";
export { createExampleReader, predictEach } from "./classifier/unlabelled-examples.ts";
export type { UnlabelledExample } from "./data/examples.ts";
export { adviseShares } from "./data/shares.ts";
export {
  chooseThreshold,
  countLeastAnswers,
  findThreshold,
  type HeldOutAnswers,
  renderPromise,
  renderThreshold,
  type Threshold,
} from "./data/threshold.ts";
export { hashExamples, loadTrainingData } from "./data/training-data.ts";
export { createEmbedProgress } from "./features/features.ts";
export { findWeightsDtype } from "./features/frozen-encoder.ts";
export { renderTruncation } from "./features/truncation.ts";
export { planOffline } from "./run/plan.ts";
export { pickTrained } from "./run/select-training.ts";
export { toTrainingConditions, trainingFiles } from "./run/train-run.ts";
export { trainerStage } from "./run/trainer-stage.ts";
