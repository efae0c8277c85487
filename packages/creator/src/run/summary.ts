import {
  alignColumns,
  type CreationManifest,
  computeDistinct,
  createRandom,
  dash,
  type Example,
  escapeControls,
  hashShingles,
  jaccard,
  mostExamples,
  renderCount,
  renderPercent,
  renderUsd,
  renderWhole,
  splitWords,
  toRunName,
} from "@seedling/core/internal";
import {
  type CreationState,
  type CreationTarget,
  computeAgreement,
  countTokens,
  renderKept,
} from "../create/creation.ts";
import { toCountedLabel } from "../create/quotas.ts";
import { computeWorstCase } from "../llm/chat.ts";
import { estimate, type RequestKind } from "../llm/estimate.ts";
import type { ModelPrices } from "../llm/prices.ts";
import { renderSent } from "../llm/sent.ts";
import type { Shape } from "../prompt/prompt.ts";
import { renderCounts } from "../reply/candidate.ts";
import type { PlannedCreation } from "./plan.ts";

const steps = ["completions", "candidates", "valid", "new", "kept"] as const;

/** Computes what all replies of a creation cost so far, in USD; null: a price is not known. */
export function computeUsd({ tokens, checking }: CreationState, prices: ModelPrices) {
  const created = prices.creating?.usdOf(tokens) ?? null;
  if (checking.replies === 0 || created === null) return created;
  return prices.checking ? created + prices.checking.usdOf(checking) : null;
}

/**
 * Computes the yield funnel: how many are left after each step, and the tokens and USD of the whole
 * creation by these, the label check's included; null: none is left, or no price is known.
 */
export function computeFunnel(state: CreationState, prices: ModelPrices) {
  const tokens = countTokens(state);
  const usd = computeUsd(state, prices);
  return steps.map((step) => {
    const n = state.funnel[step];
    return {
      step,
      n,
      tokensEach: n === 0 ? null : Number((tokens / n).toFixed(1)),
      usdEach: n === 0 || usd === null ? null : Number((usd / n).toPrecision(4)),
    };
  });
}

/** Renders the yield funnel as a table, and below it which labels were kept. */
export function renderFunnel(
  state: CreationState,
  prices: ModelPrices,
  options: Shape["options"],
): string {
  const rows = computeFunnel(state, prices);
  const cells = rows.map(({ step, n, tokensEach, usdEach }, i) => [
    `  ${step}`,
    renderWhole(n),
    renderFraction(n, rows[i - 1]),
    tokensEach === null ? dash : renderWhole(tokensEach),
    usdEach === null ? dash : renderUsd(usdEach),
  ]);
  const head = ["  step", "number", "of those before", "tokens each", "USD each"];
  const columns = computeUsd(state, prices) === null ? 4 : 5;
  const table = alignColumns([head, ...cells].map((row) => row.slice(0, columns)));
  const { contaminated, readings, relabelled } = state;
  const agreement = computeAgreement(state);
  const { kept } = state.funnel;
  const lines = [...table, `  labels: ${renderLabels(state, options)}`];
  if (agreement !== null)
    lines.push(
      `  label check: ${renderPercent(agreement)} of the answers agree with the created labels, ${renderCount(state.agreement.examples, "example")} checked`,
    );
  if (relabelled !== null)
    lines.push(`  relabelled: ${renderWhole(relabelled)} of ${renderWhole(kept)} kept`);
  if (Object.keys(readings).length > 0) lines.push(`  ${renderCounts(readings)}`);
  if (contaminated !== null)
    lines.push(`  too close to an item that is evaluated on: ${contaminated} of ${kept} kept`);
  return lines.join("\n");
}

/** Renders the fraction of the step before; of candidates, which a reply holds several of, how many. */
function renderFraction(n: number, before: CreationManifest["funnel"][number] | undefined): string {
  if (!before || before.n === 0) return dash;
  return before.step === "completions"
    ? `${(n / before.n).toFixed(2)} each`
    : renderPercent(n / before.n);
}

/** Renders how often each label was kept, or where options vary each position of the right one. */
export function renderLabels({ labels, funnel }: CreationState, options: Shape["options"]): string {
  const counts = Object.entries(labels).map(([label, n]) => {
    const name = options === "fixed" ? escapeControls(label) : `place ${label}`;
    return `${name} ${renderWhole(n)} (${Math.round((100 * n) / funnel.kept)} %)`;
  });
  return counts.join(", ") || "none";
}

/** Renders what a creation is about to do; of a live one also its requests and their tokens at worst. */
export function renderStart({
  run,
  plan,
  workload,
}: Pick<PlannedCreation, "run" | "plan" | "workload">): string {
  const { parameters, perRequest, check } = plan;
  const what = `${escapeControls(toRunName(run))}: creating ${renderWanted(plan)}`;
  const model = escapeControls(parameters.model);
  if (run.completions?.kind === "replay")
    return `${what}, replaying ${model} (${run.completions.recording.folder})`;
  if (run.completions?.kind === "sample")
    return `${what} from the bundled SAMPLE's recording of ${model}; not the benchmark, not a live run`;
  const { requests: all, answers } = estimate(workload, null);
  const unless =
    plan.tokens === null
      ? `if each yields ${perRequest} (more if fewer)`
      : `if each takes what such texts do (more if less)`;
  const { creating, checking, naming } = workload;
  const requests = all - (naming?.requests ?? 0);
  const does = check && `${check.relabel ? "decide" : "check"}${check.times === 1 ? "s" : ""}`;
  const checks =
    check && checking
      ? `; besides, ${renderCount(check.times, "answer")} an example ${does} its label, ${renderWorst(checking, answers)}`
      : "";
  const before = naming
    ? `; before these about ${naming.requests}, by which the model names attributes`
    : "";
  const shown = 1 + (plan.shape.further?.length ?? 0);
  const examples = shown === 1 ? "the formatting example" : `${shown} formatting examples`;
  const sent = renderSent(run.completions, `the instruction, ${examples}, created examples`);
  return [
    `${what} live with ${model}`,
    ...(sent ? [sent] : []),
    `  ${renderCount(requests, "request")} ${unless}, ${renderWorst(creating, requests)}${before}${checks}`,
  ].join("\n");
}

/** Renders the tokens of so many requests, each at its limit. */
function renderWorst({ request, parameters }: RequestKind, n: number): string {
  const { promptTokens, completionTokens } = computeWorstCase(request, parameters);
  const worst = promptTokens + completionTokens;
  return `${worst} tokens each at worst, ${n * worst} in all`;
}

/** Renders what a creation is to come to: `60 examples`, `examples until 20,000 tokens are taken`. */
function renderWanted({ target, tokens }: CreationTarget): string {
  const examples = target === mostExamples ? "examples" : renderCount(target, "example");
  return tokens === null ? examples : `${examples} until ${renderWhole(tokens)} tokens are taken`;
}

/** Renders what a creation came to. @param usd null: no price is known */
export function renderEnd(plan: CreationTarget, state: CreationState, usd: number | null): string {
  const { funnel, tokens, checking, rejections } = state;
  const cost = usd === null ? "" : `, ${renderUsd(usd)} USD`;
  const replies = tokens.uncounted + checking.uncounted;
  const all = plan.tokens === null ? "" : " in all";
  const uncounted = replies > 0 ? ` (${renderCount(replies, "reply")} uncounted)` : "";
  return `  ${renderKept(plan, state)} from ${renderCount(funnel.completions, "reply")}; rejected: ${renderCounts(rejections)}; ${countTokens(state)} tokens${all}${uncounted}${cost}`;
}

/** Levels at most: chains may be thousands of requests deep. */
const mostLevels = 20;

/** Questions in a level's sample at most, so that levels of any size compare. */
const sampleSize = 200;

/**
 * Measures drift and diversity by depth: a level for each depth, or where they would be more than 20,
 * for as many depths together as it takes, doubled each time. Depths without an example have no level.
 * Numbers are to four digits.
 * @param kept in the order of `created.jsonl`; depths from 1
 * @returns for each level its first and last depth; the mean of 1 - overlap (letter 5-grams, Jaccard)
 *   of a question with the formatting example's; of a sample the mean overlap of two questions (null:
 *   there are no two), and distinct words and pairs of words by all of them (distinct-n); the fraction
 *   of each label, or where options vary of its position from 1
 */
export function measureLevels(
  kept: readonly { example: Example; lineage: { depth: number } }[],
  { formatting, options }: Shape,
  seed: number,
): CreationManifest["levels"] {
  const random = createRandom("levels", seed);
  const start = hashShingles(formatting.question);
  const deepest = kept.reduce((most, { lineage }) => Math.max(most, lineage.depth), 0);
  let depths = 1;
  while (deepest > depths * mostLevels) depths *= 2;
  const levels: Example[][] = [];
  for (const { example, lineage } of kept) {
    const number = Math.floor((lineage.depth - 1) / depths);
    levels[number] ??= [];
    levels[number].push(example);
  }
  return levels.flatMap((level, number) => {
    const n = level.length;
    const distances = level.map(({ question }) => 1 - jaccard(start, hashShingles(question)));
    const counts = new Map<string, number>();
    for (const example of level) {
      const label = toCountedLabel(example, options);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const sample = random.shuffled(level).slice(0, sampleSize);
    const words = sample.map(({ question }) => splitWords(question));
    const self = computeSelfSimilarity(sample.map(({ question }) => hashShingles(question)));
    return {
      from: number * depths + 1,
      to: Math.min((number + 1) * depths, deepest),
      n,
      distance: round(distances.reduce((sum, distance) => sum + distance, 0) / n),
      selfSimilarity: self === null ? null : round(self),
      distinct1: round(computeDistinct(words, 1)),
      distinct2: round(computeDistinct(words, 2)),
      labels: Object.fromEntries(Array.from(counts, ([label, count]) => [label, round(count / n)])),
    };
  });
}

/** Computes the mean overlap of every two of these sets of shingles; null: there are no two. */
export function computeSelfSimilarity(texts: readonly Uint32Array[]): number | null {
  const pairs = (texts.length * (texts.length - 1)) / 2;
  if (pairs === 0) return null;
  let sum = 0;
  texts.forEach((one, i) => {
    for (const other of texts.slice(i + 1)) sum += jaccard(one, other);
  });
  return sum / pairs;
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
