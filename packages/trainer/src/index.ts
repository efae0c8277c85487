/** The door for people: classifiers. Other packages use `@seedling/trainer/internal`. */
export { type Classifier, loadClassifier, type Prediction } from "./classifier/classifier.ts";
