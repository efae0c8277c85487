import { countLabelChecked, renderUsd, renderWhole } from "@seedling/core/internal";
import type { AnswersRun, CreationRun } from "../results/results.ts";
import { left, number, type Table } from "./column.ts";

/** Tokens, and USD where a price is known. */
export interface Cost {
  tokens: number;
  usd: number | null;
}

/** What a creation cost, what it costs to ask the language model instead, and when the one is cheaper. */
type PayBack = ReturnType<typeof computePayBack>;

/**
 * Computes after how many messages a classifier is cheaper than asking the language model about each of them:
 * what creating cost, over what one answer costs. In USD where both are known, else in tokens.
 * @param answers the model's own answers to the test split; without them its label check says what one answer takes
 */
export function computePayBack(creation: CreationRun, answers: AnswersRun | null) {
  const { usage, labelCheck, costUsd, kept } = creation.manifest;
  const check = labelCheck && sumTokens(labelCheck.usage);
  const creating: Cost = { tokens: sumTokens(usage) + (check ?? 0), usd: costUsd };
  const answer = findAnswerCost(creation, answers);
  const inUsd = creating.usd !== null && answer !== null && answer.usd !== null && answer.usd > 0;
  const perAnswer = inUsd ? (answer.usd ?? 0) : (answer?.tokens ?? 0);
  const whole = inUsd ? (creating.usd ?? 0) : creating.tokens;
  return {
    creating,
    kept,
    /** Tokens of these for the label check. */
    check,
    /** Of one message; null: not known, since the model answered none. */
    answer,
    /** What is counted. */
    unit: inUsd ? ("USD" as const) : ("tokens" as const),
    /** From this message on the classifier is cheaper; null: not known. */
    messages: perAnswer > 0 ? Math.floor(whole / perAnswer) + 1 : null,
    /** Some replies came without a count of tokens: all is more than it says. */
    isLeast: usage.uncounted > 0,
  };
}

/** What an answer of the language model takes, by its own answers, else by its label check; null: not known. */
export function findAnswerCost(creation: CreationRun | null, answers: AnswersRun | null) {
  return (answers && divideAnswers(answers)) ?? (creation && divideCheck(creation));
}

/** Tokens of prompts and replies together. */
export function sumTokens({
  promptTokens,
  completionTokens,
}: Record<"promptTokens" | "completionTokens", number>) {
  return promptTokens + completionTokens;
}

function divideAnswers({ manifest: { usage, costUsd, answered } }: AnswersRun): Cost | null {
  if (answered === 0 || sumTokens(usage) === 0) return null;
  return {
    tokens: sumTokens(usage) / answered,
    usd: costUsd === null ? null : costUsd / answered,
  };
}

/** A blind answer of the label check, as one message takes; without a price, which the creation's is not apart from. */
function divideCheck({ manifest }: CreationRun): Cost | null {
  const { labelCheck } = manifest;
  const asked = countLabelChecked(manifest) * (labelCheck?.times ?? 0);
  const tokens = labelCheck ? sumTokens(labelCheck.usage) : 0;
  return asked === 0 || tokens === 0 ? null : { tokens: tokens / asked, usd: null };
}

/** One sentence: from which message on the classifier is cheaper; null where it is not known. */
export function describePayBack({ messages, unit, creating, answer }: PayBack): string | null {
  if (messages === null || answer === null) return null;
  const render = ({ tokens, usd }: Cost) =>
    unit === "USD" ? `${renderUsd(usd ?? 0)} USD` : `${renderWhole(tokens)} tokens`;
  return `From message ${renderWhole(messages)} on the classifier is cheaper than asking the language model: creating took ${render(creating)}, once; an answer takes ${render(answer)}, each time.`;
}

type CostLine = Cost & { what: string };

/** What was paid for, a row each. */
export function createPayBackTable({
  creating,
  check,
  kept,
  answer,
  isLeast,
}: PayBack): Table<CostLine> {
  const each = (cost: Cost, n: number): Cost => ({
    tokens: cost.tokens / n,
    usd: cost.usd === null ? null : cost.usd / n,
  });
  const lines: (CostLine | false | null)[] = [
    { what: "Creating, in all", ...creating },
    check !== null && { what: "of it: the label check", tokens: check, usd: null },
    kept > 0 && { what: "A kept example", ...each(creating, kept) },
    answer && { what: "Asking the model about one message", ...answer },
    answer && { what: "Asking about 1,000 messages", ...each(answer, 1 / 1000) },
  ];
  return {
    title: "What it costs",
    columns: [
      left("what", "What", ({ what }) => what),
      number(
        "tokens",
        "Tokens",
        ({ tokens }) => tokens,
        (tokens) => `${isLeast ? "≥ " : ""}${renderWhole(tokens)}`,
      ),
      number("usd", "USD", ({ usd }) => usd, renderUsd),
    ],
    rows: lines.filter((line) => line !== false && line !== null),
    empty: "Nothing was created.",
    notes: [
      "Tokens: prompts and replies, rejected ones included. The classifier itself costs nothing for an answer but its computing time.",
    ],
  };
}
