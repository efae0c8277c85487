import { type Example, toAnswer } from "@seedling/core/internal";
import { openOpenaiServer } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { planExamples } from "../src/create/creation-options.ts";
import {
  averageAnswers,
  countAgreement,
  createVerify,
  judgeAgreement,
  relabel,
} from "../src/filters/verify.ts";
import type { Chat, ChatRequest, Parameters } from "../src/llm/chat.ts";
import { createServerChat, systemClock } from "../src/llm/open-chat.ts";
import { buildAnswerRequest, buildLetterRequest } from "../src/prompt/prompt.ts";
import { readLetters } from "../src/reply/read-letters.ts";
import { toSaid } from "./shapes.ts";

const parameters: Parameters = { model: "test-model", temperature: 1, topP: 1, maxTokens: 512 };

const tide: Example = {
  question: 'Does the "tide" turn twice a day?\nMostly.',
  context: null,
  options: ["True", "False"],
  label: 1,
};

const rain: Example = {
  question: "Where does rain fall from?",
  context: null,
  options: ["the sea", "the sky", "the moon"],
  label: 1,
};

/** As seed 7 and the question turn its options. */
const turned = ["the sky", "the moon", "the sea"];

const means = { parameters, seed: 7, about: null };

const toUser = ({ messages }: ChatRequest) => JSON.parse(messages[1]?.content ?? "");

it("a label check reads letters by the order that each asking shows", async () => {
  const chat: Chat = async (request) => {
    const letter = "ABC".charAt(toUser(request).Options.indexOf(toAnswer(rain)));
    return toSaid(JSON.stringify({ answer: letter }));
  };
  const agreement = await createVerify({ ...means, chat, times: 3 })(rain);
  expect(agreement).toMatchObject({ agreed: 3, unreadable: 0 });
});

describe("a request for an answer", () => {
  it("shows question, context and options, but not the label", () => {
    const asked = { ...tide, context: "Moon and sun." };
    const request = buildAnswerRequest({ ...means, example: asked, ask: 0 });
    const { Question, Context, Options, ...rest } = toUser(request);
    expect({ Question, Context, rest }).toEqual({
      Question: tide.question,
      Context: "Moon and sun.",
      rest: {},
    });
    expect([...Options].sort()).toEqual(["False", "True"]);
    for (const label of [0, 1])
      expect(buildAnswerRequest({ ...means, example: { ...asked, label }, ask: 0 })).toEqual(
        request,
      );
  });

  it.each([
    [null, ""],
    ["Each question is a claim about the sea.", "Each question is a claim about the sea.\n"],
  ])("says what an own task says of itself: %j", (about, first) => {
    expect(buildAnswerRequest({ ...means, about, example: rain, ask: 0 }).messages).toEqual([
      {
        role: "system",
        content: [
          `${first}Choose the option that is the right answer. Exactly one option is right.`,
          'Output only a JSON object with one key: {"answer": "..."}, the right option word for word.',
        ].join("\n"),
      },
      {
        role: "user",
        content: `{\n"Question": "Where does rain fall from?",\n"Options": ${JSON.stringify(turned)}\n}`,
      },
    ]);
  });

  it("shows each option at each place once in as many askings, and begins at any", () => {
    const toFirsts = (question: string) =>
      [0, 1, 2].map((ask) => {
        const example = { ...rain, question };
        return toUser(buildAnswerRequest({ ...means, example, ask })).Options[0];
      });
    const beginnings = Array.from({ length: 30 }, (_, i) => toFirsts(`Where is rain ${i}?`));
    for (const firsts of beginnings) expect([...firsts].sort()).toEqual([...rain.options].sort());
    expect(new Set(beginnings.map(([first]) => first)).size).toBe(3);
  });

  it("is another sample at each asking and for each seed, model and limit, and the same again", () => {
    const keys = [
      buildAnswerRequest({ ...means, example: tide, ask: 0 }),
      buildAnswerRequest({ ...means, example: tide, ask: 1 }),
      buildAnswerRequest({ ...means, example: tide, ask: 2 }),
      buildAnswerRequest({ ...means, example: tide, ask: 0, seed: 8 }),
      buildAnswerRequest({
        ...means,
        example: tide,
        ask: 0,
        parameters: { ...parameters, model: "x" },
      }),
      buildAnswerRequest({
        ...means,
        example: tide,
        ask: 0,
        parameters: { ...parameters, maxTokens: 9 },
      }),
    ];
    expect(new Set(keys.map(({ key }) => key)).size).toBe(keys.length);
    expect(new Set(keys.slice(0, 4).map(({ seed }) => seed)).size).toBe(4);
    expect(buildAnswerRequest({ ...means, example: tide, ask: 1 })).toEqual(keys[1]);
    for (const { seed } of keys) expect(seed >= 0 && seed < 2 ** 31).toBe(true);
  });

  it.each([
    [2048, null, "test-model", 2048],
    [100, "other-model", "other-model", 100],
  ])("with a limit of %i and --verify-model %s", (maxTokens, verifyModel, model, limit) => {
    const { check } = planExamples({
      example: tide,
      target: 1,
      parameters: { ...parameters, maxTokens },
      verify: { times: 1, model: verifyModel },
    });
    expect(check?.parameters).toEqual({
      model,
      temperature: 1,
      topP: 1,
      maxTokens: limit,
    });
  });
});

describe("agreement", () => {
  const same: Example = { ...rain, options: ["the sky", "the sea", "the sky"], label: 2 };
  it.each([
    [tide, [1, 1, 1], { agreed: 3, unreadable: 0, share: 1, answers: [0, 3] }],
    [tide, [0, 1, null], { agreed: 1, unreadable: 1, share: 1 / 3, answers: [1, 1] }],
    [tide, [null, null], { agreed: 0, unreadable: 2, share: 0, answers: [0, 0] }],
    [rain, [2, 1, 1, 0], { agreed: 2, unreadable: 0, share: 0.5, answers: [1, 2, 1] }],
    [same, [0, 0, 1], { agreed: 2, unreadable: 0, share: 2 / 3, answers: [2, 1, 0] }],
  ])("%#", (example, chosen, agreement) => {
    expect(countAgreement(chosen, example)).toEqual({ asked: chosen.length, ...agreement });
  });

  it.each([
    [[1, 1, 0], 0.6, null],
    [[1, 0], 0.5, null],
    [[0, 0], null, null],
    [[1, 0, 0], 0.5, "1 of 3 answers agree with False"],
    [[1, 0, null, null], 0.3, "1 of 4 answers agree with False (2 unreadable)"],
  ])("of %j with --min-agreement %s", (chosen, minAgreement, evidence) => {
    const agreement = countAgreement(chosen, tide);
    const rejection = evidence && {
      reason: "too little agreement",
      field: "answer",
      evidence,
      similarity: agreement.share,
      candidate: { question: tide.question, context: null, options: tide.options, answer: "False" },
    };
    expect(judgeAgreement(tide, agreement, minAgreement)).toEqual(rejection);
  });
});

describe("the final label", () => {
  const same: Example = { ...rain, options: ["the sky", "the sea", "the sky"], label: 2 };
  it.each([
    ["the only answer", rain, [0], 0],
    ["the most frequent", rain, [2, 0, 2], 2],
    ["the created one where it is the most frequent", rain, [1, 1, 0], 1],
    ["the created one where none is readable", rain, [null, null], 1],
    ["the only readable one", rain, [null, 2], 2],
    ["the created one where others are tied", rain, [0, 2], 1],
    ["the created one where it is tied with another", rain, [1, 2], 1],
    ["the created one where the same text comes first", same, [0], 2],
    ["another than the created one of a repeated text", same, [1], 1],
  ])("is %s", (_, example, chosen, label) => {
    const final = relabel(example, countAgreement(chosen, example));
    expect(final).toEqual({ ...example, label });
  });
});

describe("a label check by letters", () => {
  const letters = { ...means, parameters: { ...parameters, maxTokens: 1 }, times: 2 };

  it("shows each option behind a letter, in the opposite order the second time", () => {
    const [first, second] = [0, 1].map((ask) =>
      buildLetterRequest({ ...letters, about: "About rain.", example: rain, ask }),
    ) as [ChatRequest, ChatRequest];
    const [one, two, three] = turned;
    expect(first.messages[0]?.content).toBe(
      "About rain.\nChoose the right option. Exactly one option is right.\nOutput only its letter.",
    );
    expect(toUser(first)).toEqual({
      Question: rain.question,
      Options: [`A. ${one}`, `B. ${two}`, `C. ${three}`],
    });
    expect(toUser(second).Options).toEqual([`A. ${three}`, `B. ${two}`, `C. ${one}`]);
    expect([first.logprobs, first.key === second.key]).toEqual([true, false]);
  });

  it.each<[string, [string, number][], number[] | null]>([
    [
      "letters",
      [
        ["A", 0.5],
        ["B", 0.25],
      ],
      [0, 2 / 3, 1 / 3],
    ],
    [
      "with what a token may hold besides",
      [
        [" a", 0.3],
        ["A", 0.2],
        ['"B"', 0.5],
      ],
      [0, 0.5, 0.5],
    ],
    [
      "among others",
      [
        ["The", 0.9],
        ["C", 0.05],
        ["D", 0.05],
      ],
      [1, 0, 0],
    ],
    [
      "that are not there",
      [
        ["The", 0.9],
        ["D", 0.1],
      ],
      null,
    ],
    ["of which there are none", [], null],
  ])("reads %s", (_, tokens, probabilities) => {
    const logprobs = tokens.map(([token, p]) => ({ token, logprob: Math.log(p) }));
    const read = readLetters({ logprobs }, [1, 2, 0]);
    if (probabilities === null || read === null) expect(read).toBe(probabilities);
    else for (const [i, p] of probabilities.entries()) expect(read[i]).toBeCloseTo(p, 12);
  });

  it("averages two orders, so that a preference for the first letter evens out", () => {
    const agreement = averageAnswers(
      [
        [0.6, 0.4, 0],
        [0.1, 0.8, 0.1],
      ],
      rain,
    );
    expect(agreement).toMatchObject({ asked: 2, agreed: 1, unreadable: 0, answers: [1, 1, 0] });
    expect(agreement.share).toBeCloseTo(0.6, 12);
    expect(agreement.probabilities?.map((p) => Number(p.toFixed(12)))).toEqual([0.35, 0.6, 0.05]);
    expect(averageAnswers([null, [0, 0, 1]], rain)).toEqual({
      ...{ asked: 2, agreed: 0, unreadable: 1, answers: [0, 0, 1] },
      ...{ share: 0, probabilities: [0, 0, 1] },
    });
    expect(averageAnswers([null, null], rain)).toEqual({
      ...{ asked: 2, agreed: 0, unreadable: 2, share: 0, answers: [0, 0, 0] },
    });
    expect(
      relabel(
        rain,
        averageAnswers(
          [
            [0.6, 0.4, 0],
            [0.45, 0.3, 0.25],
          ],
          rain,
        ),
      ).label,
    ).toBe(0);
    expect(judgeAgreement(rain, agreement, 0.7)?.evidence).toBe(
      "the probability of the sky is 0.60",
    );
  });
});

describe("a label check", () => {
  it("asks all at once, and does not know the label", async () => {
    let inFlight = 0;
    let most = 0;
    const chat: Chat = async (request) => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return toSaid(JSON.stringify({ answer: toUser(request).Options[0] }));
    };
    const verify = createVerify({ ...means, chat, times: 4 });
    const agreement = { asked: 4, agreed: 2, unreadable: 0, share: 0.5, answers: [2, 2] };
    expect(await verify(tide)).toEqual(agreement);
    expect(await verify({ ...tide, label: 0 })).toEqual(agreement);
    expect(most).toBe(4);
  });

  it("fails with the first asking that fails, after all have come", async () => {
    let settled = 0;
    const chat: Chat = async ({ seed }) => {
      const ask = seeds.indexOf(seed);
      await new Promise((resolve) => setTimeout(resolve, 20 - 5 * ask));
      settled += 1;
      if (ask > 0) throw new Error(`asking ${ask}`);
      return toSaid("True");
    };
    const seeds = [0, 1, 2].map((ask) => buildAnswerRequest({ ...means, example: tide, ask }).seed);
    await expect(createVerify({ ...means, chat, times: 3 })(tide)).rejects.toThrow("asking 1");
    expect(settled).toBe(3);
  });

  it("asks a real server, with keys as the journal names them", async () => {
    const server = await openOpenaiServer({ models: ["judge"] });
    onTestFinished(() => server.close());
    const judge = { ...parameters, maxTokens: 4096, model: "judge" };
    const endpoint = { baseUrl: server.url, official: false, apiKey: null };
    const connection = { endpoint, parameters: judge, timeout: 10, fetch, clock: systemClock };
    const quiet = { log: () => {}, observe: () => {} };
    const chat = createServerChat({ ...connection, ...quiet });
    const verify = createVerify({ chat, times: 20, parameters: judge, seed: 7, about: null });
    const { asked, agreed, unreadable, answers } = await verify(rain);
    expect(asked).toBe(20);
    expect(answers.reduce((sum, n) => sum + n, unreadable)).toBe(20);
    expect(agreed).toBe(answers[rain.options.indexOf(toAnswer(rain))]);
    // The server's model is of one mind, but for its slips.
    expect(Math.max(...answers)).toBeGreaterThan(10);
    const keys = Array.from({ length: 20 }, (_, ask) =>
      buildAnswerRequest({ parameters: judge, seed: 7, about: null, example: rain, ask }),
    ).map(({ key }) => key);
    expect(server.asked.map(({ key }) => key).sort()).toEqual(keys.sort());
  });
});
