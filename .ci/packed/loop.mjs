// The whole loop as a program of somebody who installed the packages: create, train, evaluate, predict.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createExamples, openChat } from "@seedling/creator";
import { evaluate } from "@seedling/eval";
import { loadClassifier, trainClassifier } from "@seedling/trainer";

const texts = {
  billing: (n) => `My invoice number ${n} charges the wrong amount of money.`,
  delivery: (n) => `The parcel ${n} with my order was never delivered to my house.`,
};
let made = 0;

/** Answers as an OpenAI-protocol server: four examples a reply. */
const server = createServer(async (request, response) => {
  for await (const _ of request);
  const objects = Array.from({ length: 4 }, () => {
    const label = Object.keys(texts)[made % 2];
    made += 1;
    return { Options: Object.keys(texts), Question: texts[label](made), Answer: label };
  });
  const content = JSON.stringify(objects);
  const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }];
  const usage = { prompt_tokens: 100, completion_tokens: 100, total_tokens: 200 };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ id: "x", object: "chat.completion", model: "m", choices, usage }));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const folder = mkdtempSync(join(tmpdir(), "seedling-packed-"));
try {
  const chat = openChat({ baseURL: `http://127.0.0.1:${server.address().port}/v1`, model: "m" });
  const options = Object.keys(texts);
  const example = { question: texts.billing(0), context: null, options, label: 0 };
  const created = [];
  for await (const { example: one } of createExamples({ example, target: 40, chat }))
    created.push(one);
  const train = created.slice(0, 30);
  const test = created.slice(30);
  const trained = await trainClassifier(train, { seed: 1 });
  await trained.save(folder);
  await trained.dispose();
  const classifier = await loadClassifier(folder);
  const { label, probabilities } = await classifier.predict("Where is the parcel that I ordered?");
  const { accuracy, interval } = await evaluate(classifier, test);
  await classifier.dispose();
  const { version } = process;
  console.log(version, { created: created.length, label, probabilities, accuracy, interval });
  if (created.length !== 40 || label !== "delivery" || accuracy < 0.8) process.exitCode = 1;
} finally {
  server.close();
  rmSync(folder, { recursive: true });
}
