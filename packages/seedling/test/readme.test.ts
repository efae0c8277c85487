import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@seedling/core/internal";
import { buildScript, openOpenaiServer, startScript, tempFolder } from "@seedling/testing";
import { expect, it, onTestFinished } from "vitest";

it("the example of using the packages from code runs as it stands", async () => {
  const server = await openOpenaiServer({ models: ["qwen"] });
  onTestFinished(() => server.close());
  const page = readFileSync(join(repository, "docs/code.md"), "utf8");
  const [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(page) ?? [];
  const url = "http://127.0.0.1:8080/v1";
  expect(code).toContain(url);
  const shown =
    "\nconsole.log(examples.length, options.includes(label), Object.keys(probabilities), Object.keys(interval));";
  const script = await buildScript(code.replace(url, server.url) + shown, import.meta.dirname);
  const test = { question: "The clasp is loose.", context: null, label: "negative" };
  const options = ["positive", "negative", "neutral"];
  const cwd = tempFolder({ "test.jsonl": `${JSON.stringify({ ...test, options })}\n` });
  const { code: status, out, err } = await startScript(script, [], { cwd }).ended;
  expect(err).toBe("");
  expect(out).toBe("60 true [ 'positive', 'negative', 'neutral' ] [ 'low', 'high' ]\n");
  expect(status).toBe(0);
  expect(existsSync(join(cwd, "reviews-classifier/classifier.json"))).toBe(true);
});
