/** The door for people: classifiers. Other packages use `@seedling/trainer/internal`. */
export { type Classifier, loadClassifier } from "./classifier/classifier.ts";
export type { Prediction } from "./classifier/prediction.ts";
