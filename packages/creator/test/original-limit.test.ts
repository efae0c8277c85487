import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ChatRequest, computeReplyLimit, computeWorstCase } from "../src/llm/chat.ts";
import { buildAnswerRequest, createRequest } from "../src/prompt/prompt.ts";
import { parameters } from "./batch-invocations.ts";
import { findCreations, readText, runCreator } from "./run-creator.ts";
import { serve, settle } from "./run-once.ts";
import { closed } from "./shapes.ts";

const toRequest = (content: string): ChatRequest => ({
  messages: [{ role: "user", content }],
  seed: 1,
  key: "k",
});

describe("a reply's limit", () => {
  const original = { ...parameters, maxTokens: "original" } as const;

  it.each([
    ["no prompt: 32 bytes for its frame", "", 4086],
    ["3 bytes a token, rounded up", "x".repeat(2969), 3096],
    ["bytes, not characters", "é".repeat(1484), 3097],
    ["a prompt that fills the context", "x".repeat(12_258), 1],
    ["a prompt that exceeds it", "x".repeat(20_000), 1],
  ])("original, with %s", (_, content, limit) => {
    const request = toRequest(content);
    expect(computeReplyLimit(request, original)).toBe(limit);
    expect(computeWorstCase(request, original).completionTokens).toBe(limit);
    expect(computeReplyLimit(request, parameters)).toBe(256);
  });

  it("counts as the default one in the key where it is original, and stands in the request", () => {
    const parts = { system: "s", user: "u", seedParts: [1], schema: null };
    const [usual, unlimited] = ([2048, "original"] as const).map((maxTokens) =>
      createRequest({ ...parts, parameters: { ...parameters, maxTokens } }),
    );
    expect(unlimited).toEqual({ ...usual, limit: 4097 - Math.ceil((2 + 32) / 3) });
    expect(usual?.limit).toBeUndefined();
    const question = { example: closed.formatting, ask: 0, seed: 1, about: null };
    const answers = ([2048, "original"] as const).map((maxTokens) =>
      buildAnswerRequest({ ...question, parameters: { ...parameters, maxTokens } }),
    );
    expect(answers[1]?.key).toBe(answers[0]?.key);
    expect(answers.map(({ limit }) => limit)).toEqual([2048, 4010]);
  });
});

describe("--max-tokens original", () => {
  it("asks for what the prompt leaves of 4,097, says so, and asks only for those replies anew that were cut before", async () => {
    const server = await serve({ faults: (n) => (n === 1 ? "length" : undefined) });
    const { results, toArgs, from } = settle();
    const start = (line: string) =>
      runCreator(
        toArgs(`--setting naive --examples 20 --concurrency 1 --model test-model${line}`),
        from(server.url),
      );
    expect(await start("")).toMatchObject({ code: 0 });
    const before = server.asked.length;
    const [earlier] = findCreations(results);

    const planned = await start(" --max-tokens original --dry-run");
    expect(planned.out).toContain(
      "--max-tokens original: a reply's limit is 4,097 tokens less the prompt's, a token for 3 bytes",
    );
    expect(await start(" --max-tokens original")).toMatchObject({ code: 0 });
    const asked = server.asked.slice(before);
    expect(asked).toHaveLength(1);
    const { body } = asked[0] ?? {};
    const bytes = body?.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
    expect(body?.max_tokens).toBe(4097 - Math.ceil(((bytes ?? 0) + 32) / 3));

    const other = findCreations(results).find((folder) => folder !== earlier) ?? "";
    expect(JSON.parse(readText(other, "manifest.json")).conditions.maxTokens).toBe("original");
    expect(JSON.parse(readText(other, "flags.json")).values.maxTokens).toBe("original");
    const again = ["--max-tokens original", `--max-tokens original --replay ${other}`];
    for (const line of again) expect(await start(` ${line}`)).toMatchObject({ code: 0 });
    expect(server.asked).toHaveLength(before + 1);
    expect(readdirSync(join(results, "creations", "yesno_open-boolq", "naive"))).toHaveLength(3);
  });
});
