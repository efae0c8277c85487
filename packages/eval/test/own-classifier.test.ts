import { join } from "node:path";
import type { Run, Source } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { renderDevAccuracy } from "../src/run/evaluate-run.ts";

const fixtures = join(import.meta.dirname, "../../core/test/fixtures");
const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

async function planTwo(words = ""): Promise<Run[]> {
  const flags = `--data ${fixtures}/physics,${fixtures}/reviews,creak --results ${tempFolder()}`;
  return plan(`${flags} --model m ${words}`, { env });
}

describe("without a test split", () => {
  const trained = (source: Source, devSource: "human" | "created", human = 0) => ({
    source,
    train: { n: 450, target: 450, human, labels: null },
    dev: { source: devSource, n: 50, accuracy: 0.78, loss: 1 },
  });

  // 39 of 50: centre (0.78 + 3.841459/100) / (1 + 3.841459/50) = 0.760022, half 0.112398.
  const figure = ": 78.0 % (64.8–87.2)";

  test.each([
    ["the created dev split, 50 examples the model itself labelled", trained("tree", "created")],
    [
      "the created dev split, 50 examples labelled by the model itself or by a human",
      trained("tree", "created", 10),
    ],
    ["a tenth of train.jsonl that was held out, 50 examples", trained("human", "created")],
    ["a tenth of the file that was held out, 50 examples", trained("file", "created")],
    ["dev.jsonl, 50 examples that the classifier was chosen by", trained("tree", "human")],
  ])("the accuracy is called that on %s", async (words, training) => {
    const [run] = await planTwo();
    expect(renderDevAccuracy(run as Run, training)).toBe(
      `no test.jsonl in ${fixtures}/physics: accuracy on ${words}${figure}`,
    );
  });
});
