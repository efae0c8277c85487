import { createRandom, type Example } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Chat, ChatRequest } from "../src/llm/chat.ts";
import { buildNamingRequest } from "../src/prompt/attributes.ts";
import { readNames } from "../src/reply/read-names.ts";
import { type Attribute, createLeaves } from "../src/settings/attributes.ts";
import { inOrder, observe, scheduled, toGenerous, toModel, toPlan } from "./observe-creation.ts";
import { choice, closed, open, toSaid } from "./shapes.ts";

describe("names in a reply", () => {
  it.each([
    ["an array", '["Subject", "style"]', ["Subject", "style"]],
    ["in a fence, with prose", 'Sure!\n```json\n["a b", "c"]\n```\nDone.', ["a b", "c"]],
    ["nearly JSON", "['a', 'b',]", ["a", "b"]],
    ["an object with one array", '{"attributes": ["a", "b"]}', ["a", "b"]],
    ["an object's keys", '{"subject": ["x"], "style": ["y"]}', ["subject", "style"]],
    ["objects that name", '[{"name": "a", "values": [1]}, {"Attribute": "b"}]', ["a", "b"]],
    [
      "without quotes",
      "[Travel, Eating out, U.S. politics]",
      ["Travel", "Eating out", "U.S. politics"],
    ],
    ["numbers", '[10, "20", "5 words"]', ["5 words"]],
    [
      "points",
      "1. **Subject**: what it is about\n2. Style - how\n3) length",
      ["Subject", "Style", "length"],
    ],
    ["points of a list", "- a\n* b\n• c", ["a", "b", "c"]],
    ["behind thoughts", '<think>["no"]</think>["a", "b"]', ["a", "b"]],
    ["twice, whatever the case", '["Style", "style ", "STYLE.", "b"]', ["Style", "b"]],
    ["quoted again, and in bold", '["\\"a\\"", "**b**", "`c`"]', ["a", "b", "c"]],
    ["without letters, empty, or nothing", '["", "--", null, "a"]', ["a"]],
    ["on several lines", '["a\\nb"]', ["a b"]],
    ["too long", JSON.stringify(["x".repeat(81), "x".repeat(80)]), ["x".repeat(80)]],
    ["not taken", '["Answer", "a"]', ["a"]],
    ["more than enough", '["a", "b", "c", "d", "e"]', ["a", "b", "c", "d"]],
    ["cut", '["a", "b", "c', []],
    ["prose", "It depends on what you mean.", []],
    ["nothing", "", []],
    ["a million brackets that nothing closes", "{[".repeat(500_000), []],
    ["a million points before a name", JSON.stringify([`${".".repeat(1e6)}x`, "a"]), ["a"]],
  ])("%s", (_, text, names) => {
    const isTaken = (name: string) => name !== "Answer";
    expect(readNames(toSaid(text), 4, isTaken)).toEqual(names);
  });

  it("none in a refusal", () => {
    const isTaken = () => true;
    expect(readNames(toSaid('["a"]', { refusal: "no" }), 4, isTaken)).toEqual([]);
    expect(readNames(toSaid('["a"]', { refused: "no" }), 4, isTaken)).toEqual([]);
  });
});

describe("leaves", () => {
  const attributes: Attribute[] = [8, 6, 3].map((n, i) => ({
    name: `a${i}`,
    values: Array.from({ length: n }, (_, at) => `${i}-${at}`),
  }));
  const draw = (n: number, seed = 1, labels = 2) => {
    const leaves = createLeaves(attributes, createRandom("leaves", seed));
    return Array.from({ length: n }, (_, i) => ({ label: i % labels, ...leaves.next(i % labels) }));
  };
  const spread = (n: number, ...keys: string[]) => {
    const counts = new Map<string, number>();
    for (const leaf of draw(n)) {
      const key = keys.map((one) => (leaf as Record<string, unknown>)[one]).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return {
      size: counts.size,
      least: Math.min(...counts.values()),
      most: Math.max(...counts.values()),
    };
  };

  it("have one value of each attribute, each value as often", () => {
    expect(spread(48, "a0")).toEqual({ size: 8, least: 6, most: 6 });
    expect(spread(48, "a1")).toEqual({ size: 6, least: 8, most: 8 });
    expect(spread(48, "a2")).toEqual({ size: 3, least: 16, most: 16 });
  });

  it("have every pair of values, and of a value with a label, about as often", () => {
    expect(spread(96, "label", "a0")).toEqual({ size: 16, least: 6, most: 6 });
    expect(spread(96, "a0", "a1")).toMatchObject({ size: 48 });
    expect(spread(96, "a1", "a2")).toMatchObject({ size: 18 });
    expect(spread(96, "a0", "a1").most).toBeLessThanOrEqual(3);
  });

  it("are the same for a seed, and others for another", () => {
    expect(draw(20)).toEqual(draw(20));
    expect(draw(20, 2)).not.toEqual(draw(20));
  });
});

const isNaming = ({ messages }: ChatRequest) =>
  /^Output only a JSON array of (?:their|\d)/m.test(messages[1]?.content ?? "");

/** A model that names attributes, and then creates. @param names the reply to each request for names, by its number */
function toNaming(names: readonly string[]) {
  let asked = 0;
  const creates = toGenerous(3);
  return inOrder((request) =>
    isNaming(request) ? toSaid(names[asked++] ?? "?") : creates(request),
  );
}

/** A model whose names, too, depend on the request alone, and are now and then none. */
function toWayward(seed: number) {
  const creates = toModel(seed);
  return (request: ChatRequest) => {
    if (!isNaming(request)) return creates(request);
    const random = createRandom("names", seed, request.key);
    const names = Array.from({ length: random.int(9) }, () => `a ${random.int(20)}`);
    return toSaid(JSON.stringify(names));
  };
}

const naming = [
  '["Style", "Answer", "LENGTH"]',
  '["plain", "formal", "True"]',
  "- short\n- long",
  '["history", "sport"]',
];

describe("a creation by attributes", () => {
  it("asks for attributes, then for the values of each, and then for leaves and labels in turn", async () => {
    const { requests, lineages, state } = await observe(plan(12), toNaming(naming), 1);
    expect(state).toMatchObject({
      naming: {
        attributes: [
          { name: "Style", values: ["plain", "formal"] },
          { name: "LENGTH", values: ["short", "long"] },
          // Two of the usual ones make up for what the model did not name; for one it names no values.
          { name: "subject", values: ["history", "sport"] },
        ],
        replies: 7,
        unread: 3,
      },
      funnel: { completions: 4, kept: 12 },
      tokens: { promptTokens: 1100, completionTokens: 110 },
    });
    expect(requests).toHaveLength(11);
    const asked = requests.slice(7).map(({ messages }) => messages[1]?.content.split("\n\n")[1]);
    expect(asked[0]).toMatch(/\nThis time the right answer of every object is "True"\.$/);
    expect(asked[1]).toMatch(/\nThis time the right answer of every object is "False"\.$/);
    // Four requests of two labels: each value once with each.
    const leaves = lineages.map(({ leaf }) => `${leaf?.Style} ${leaf?.LENGTH}`);
    expect(new Set(leaves.slice(0, 3)).size).toBe(1);
    const byLabel = [0, 1].map((label) => lineages.filter(({ request }) => request % 2 === label));
    for (const key of ["Style", "LENGTH", "subject"])
      for (const half of byLabel) expect(new Set(half.map(({ leaf }) => leaf?.[key])).size).toBe(2);
    for (const [i, { leaf }] of lineages.entries())
      for (const [name, value] of Object.entries(leaf ?? {}))
        expect(asked[Math.floor(i / 3)]).toMatch(RegExp(`[:;] ${name}: ${value}[;.]`));
  });

  it("asks again where too few values are named, and leaves out the usual attributes, too, that have none", async () => {
    const said = ["?", '["only"]', ...Array(8).fill("?"), '["a", "b"]'];
    const { state } = await observe(plan(3), toNaming(said), 1);
    // Three each for subject, style and difficulty; the first for length.
    expect(state.naming).toEqual({
      attributes: [{ name: "length", values: ["a", "b"] }],
      replies: 11,
      unread: 9,
    });
  });

  it("ends before anything else is asked where no attribute has values", async () => {
    const end = observe(plan(3), toNaming(["[]", "[]"]), 1);
    await expect(end).rejects.toThrow(
      '--setting attributes: the model named no values of subject, style, difficulty, length in 13 replies; the last was "?": take another --setting, such as tree, or another model',
    );
  });

  it("asks for a place among the options only with --balance, names labels that are not listed, and shows none beside values", async () => {
    const varying = { ...plan(3), shape: choice, asksForOne: false };
    const { requests } = await observe(varying, toNaming(naming), 1);
    expect(requests[3]?.messages[1]?.content).not.toContain("This time the right");
    const many: Example = {
      ...closed.formatting,
      options: Array.from({ length: 77 }, (_, i) => `l${i}`),
    };
    const first = buildNamingRequest(
      { ...plan(3), shape: { ...closed, formatting: many } },
      null,
      0,
    );
    expect(first.messages[1]?.content).toContain('"l19".');
    const of = { ...plan(3), shape: open, about: "A quiz." };
    const { messages } = buildNamingRequest(of, "style", 0);
    expect(messages[0]?.content).toMatch(/^A quiz\.\n\n/);
    expect(messages[1]?.content).toMatch(
      /^\{\n"Context": .*,\n"Question": "Is the sea salty\?"\n\}\n\n/,
    );
    expect(messages[1]?.content).toContain(
      "differ in their style: how they are worded. Describe 5",
    );
    const asksSubjects =
      /\nMany people write such texts, .*\nOutput only a JSON array of 8 strings\.$/;
    const [about, subjects] = buildNamingRequest(of, "Subject", 0).messages;
    expect(about?.content).toMatch(/^A quiz\.\n\n/);
    expect(subjects?.content).toMatch(asksSubjects);
    expect(subjects?.content).toMatch(/^Answers are for instance "True", "False"\.\nMany/);
    const [, questions] = buildNamingRequest({ ...of, shape: choice }, "subject", 0).messages;
    expect(questions?.content).toMatch(asksSubjects);
    expect(questions?.content).toMatch(/^The texts are questions, each with answers/);
    const [, own] = buildNamingRequest({ ...of, shape: choice }, "Tense", 0).messages;
    expect(own?.content).toContain('"Options": ["the sea", "the sky", "the moon"]');
    expect(own?.content).toContain("differ in their Tense. Describe 5 different kinds of Tense,");
  });

  it("keeps the same, with the same tree, at any concurrency and in any order of arrival", async () => {
    const concurrencies = fc.constantFrom(2, 16);
    const targets = fc.integer({ min: 1, max: 30 });
    const scheduler = fc.scheduler();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        targets,
        concurrencies,
        scheduler,
        async (seed, target, most, order) => {
          const model = toWayward(seed);
          const one = await observe(plan(target), inOrder(model), 1);
          const other = await order.waitFor(observe(plan(target), scheduled(model, order), most));
          expect(other.maxInFlight).toBeLessThanOrEqual(most);
          const { kept, lineages, rejected, state } = one;
          expect(other).toMatchObject({ kept, lineages, rejected });
          expect(other.state.naming).toEqual(state.naming);
          const used = (state.naming?.replies ?? 0) + state.funnel.completions;
          const keys = (seen: typeof one) => seen.requests.slice(0, used).map(({ key }) => key);
          expect(new Set(keys(other))).toEqual(new Set(keys(one)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("fails with the first request for names that failed, when no reply is out any more", async () => {
    let out = 0;
    const failing: Chat = async (request) => {
      out += 1;
      await Promise.resolve();
      out -= 1;
      const text = request.messages[1]?.content ?? "";
      const [, failed] = /in their (style|length)/.exec(text) ?? [];
      if (failed) throw new Error(`no ${failed}`);
      return toSaid('["subject", "style", "length", "level"]');
    };
    await expect(observe(plan(3), failing, 16)).rejects.toThrow("no style");
    expect(out).toBe(0);
    const stopped = { signal: AbortSignal.abort(new Error("stopped")) };
    await expect(observe(plan(3), toNaming(naming), 1, stopped)).rejects.toThrow("stopped");
  });
});

function plan(target: number) {
  return toPlan("attributes", { target, asksForOne: true });
}
