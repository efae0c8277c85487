import { createExamples, openChat } from "@seedling/creator";
import { evaluate } from "@seedling/eval";
import { type Classifier, loadClassifier, trainClassifier } from "@seedling/trainer";

const chat = openChat({ baseURL: "http://127.0.0.1:8080/v1", model: "m" });
const example = { question: "?", context: null, options: ["True", "False"], label: 0 };
for await (const { example: created, lineage } of createExamples({ example, target: 2, chat })) {
  const classifier: Classifier = await trainClassifier([created], { encoder: "use-lite", seed: 1 });
  const { accuracy, interval, macroF1 } = await evaluate(classifier, [created]);
  console.log(lineage.depth, accuracy.toFixed(2), interval.low, macroF1);
}
const one = await (await loadClassifier("folder")).predict("text");
export const probability: number | undefined = one.probabilities[one.label ?? "none"];
// @ts-expect-error a label is a name, or null where scores are no numbers
export const index: number = one.label;
