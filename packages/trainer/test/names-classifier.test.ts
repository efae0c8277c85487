import { join } from "node:path";
import { expect, it } from "vitest";
import { listNameTexts, openNamesClassifier } from "../src/classifier/names-classifier.ts";
import { trainClassifier } from "../src/classifier/train-classifier.ts";
import { fixtures } from "./golden-encoders.ts";

const labels = ["card_arrival", "lost_phone"];

const questions = [
  "Where is my card?",
  "My phone is gone.",
  "It has not come yet.",
  "I left it on the train.",
  "How long does it take?",
  "Someone stole my bag.",
];

it("names are read without the encoder's prompt, by a linear head as by names alone", async () => {
  const encoder = join(fixtures, "e5-small");
  const named = {
    encoder,
    runtime: "tfjs",
    dtype: null,
    maxLength: 48,
    prompt: "query: ",
  } as const;
  const computeLogOdds = async (classifier: Awaited<ReturnType<typeof openNamesClassifier>>) => {
    const items = questions.map((question) => ({ question, context: null, options: labels }));
    const found = await classifier.predictOptions(items);
    await classifier.dispose();
    return found.map(({ probabilities: [first = 0, second = 0] }) => Math.log(second / first));
  };
  const texts = listNameTexts(labels, null);
  const alone = await computeLogOdds(
    await openNamesClassifier({ labels, texts, input: "full" }, named, {}),
  );
  const middle = [...alone].sort((a, b) => a - b)[3] ?? 0;
  const examples = questions.map((question, i) => {
    const label = (alone[i] ?? 0) < middle ? 0 : 1;
    return { question, context: null, options: labels, label };
  });
  // With such a penalty the weights are the names' share alone.
  const how = { ...named, names: "on", penalty: 1000 } as const;
  const trained = await computeLogOdds(await trainClassifier(examples, how));
  const spread = (odds: readonly number[]) => odds.map((one) => one - (odds[0] ?? 0));
  const [one, other] = [spread(alone), spread(trained)];
  const share = (other[1] ?? 0) / (one[1] ?? 0);
  expect(share).toBeGreaterThan(0.1);
  other.forEach((value, i) => void expect(value).toBeCloseTo(share * (one[i] ?? 0), 3));
});
