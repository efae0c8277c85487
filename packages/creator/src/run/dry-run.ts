import {
  alignColumns,
  dash,
  ExpectedError,
  escapeControls,
  FlagError,
  measureWidth,
  renderAbout,
  renderCount,
  renderSeconds,
  renderTotal,
  renderUsd,
  renderWhole,
} from "@seedling/core/internal";
import { originalBytes, originalContext } from "../llm/chat.ts";
import {
  addEstimates,
  assumedBytes,
  assumedSpeed,
  type CostEstimate,
  type CreatorPlan,
  type ExpectedAndWorst,
  type RequestKind,
  type Workload,
} from "../llm/estimate.ts";

/** Plans a run, or finds why it cannot start; that does not stop the other runs. @throws FlagError */
export async function tryPlan(plan: () => Promise<CreatorPlan>): Promise<CreatorPlan> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof ExpectedError) || error instanceof FlagError) throw error;
    return { state: "cannot start", why: error.message };
  }
}

/**
 * Renders what every run would ask, the tokens, USD and time of it, and all in all.
 * @param left what the caps leave to spend; null: no cap
 */
export function renderDryRun(
  runs: readonly { name: string; plan: CreatorPlan }[],
  left: { usd: number | null; tokens: number | null },
): string {
  const todo = runs.flatMap(({ plan }) => (plan.state === "todo" ? [plan] : []));
  const names = runs.map(({ name }) => `  ${escapeControls(name)}`);
  const widest = Math.max(...names.map(measureWidth));
  const cells = runs.map(({ plan }, i) => [
    names[i] ?? "",
    ...(plan.state === "todo" ? renderEstimate(plan.estimate) : []),
  ]);
  const total = addEstimates(todo.map(({ estimate }) => estimate));
  const [head, ...rows] = alignColumns([
    ["  run", "examples", "requests", "tokens", "at worst", "USD", "at worst", "time", "by"],
    ...cells,
    ["  total", ...renderEstimate(total).slice(0, -1)],
  ]);
  const stuck = runs.flatMap(({ plan }) => (plan.state === "cannot start" ? [plan.why] : []));
  const reasons = [...new Set(stuck)];
  const symbolOf = (why: string) => `[${reasons.indexOf(why) + 1}]`;
  const lines = rows.map((row, i) => {
    const plan = runs[i]?.plan;
    if (!plan || plan.state === "todo") return row;
    const why = plan.state === "cannot start" ? `cannot start ${symbolOf(plan.why)}` : plan.why;
    return `${row}${" ".repeat(widest - measureWidth(row))}  ${why}`;
  });
  const notes = reasons.map((why) => {
    const count = renderCount(stuck.filter((one) => one === why).length, "run");
    return `  ${symbolOf(why)} ${escapeControls(why)} (${count})`;
  });
  if (todo.length > 0)
    notes.push(...renderNotes(todo.map(({ workload }) => workload)), ...renderCaps(total, left));
  const done = runs.filter(({ plan }) => plan.state === "done").length;
  const counts = [
    `${renderWhole(todo.length)} to do`,
    `${renderWhole(done)} done`,
    ...(stuck.length > 0 ? [`${renderWhole(stuck.length)} cannot start`] : []),
  ];
  return [
    `dry run of ${renderCount(runs.length, "run")}, nothing is asked`,
    head,
    ...lines,
    ...notes,
    renderTotal("creation", [counts.join(", "), ...renderSum(total)]),
  ].join("\n");
}

/** Renders what all creations take; nothing where nothing is asked. */
function renderSum(total: CostEstimate): string[] {
  const { requests, answers, tokens, usd } = total;
  if (requests + answers === 0) return [];
  return [
    `about ${renderCount(requests + answers, "request")}`,
    `${renderAbout(tokens.expected)} tokens (${renderAbout(tokens.worst)} at worst)`,
    usd
      ? `${renderUsd(usd.expected)} USD (${renderUsd(usd.worst)} at worst)`
      : "USD not known (no --prices)",
    renderTime(total),
  ];
}

function renderEstimate(estimate: CostEstimate): string[] {
  const { examples, requests, answers, tokens, usd, from } = estimate;
  return [
    renderWhole(examples),
    `${renderWhole(requests)}${answers > 0 ? ` + ${renderWhole(answers)}` : ""}`,
    renderAbout(tokens.expected),
    renderAbout(tokens.worst),
    usd === null ? dash : renderUsd(usd.expected),
    usd === null ? dash : renderUsd(usd.worst),
    renderTime(estimate) || dash,
    from === 0 ? "assumed" : renderCount(from, "reply"),
  ];
}

/** Renders a time; empty: it takes none. */
function renderTime({ seconds, batches }: CostEstimate): string {
  const asking = seconds > 0 ? [renderSeconds(seconds)] : [];
  const waiting = batches > 0 ? [`${renderWhole(batches)} x 24 h at most`] : [];
  return [...asking, ...waiting].join(" + ");
}

/** Renders the prices that a kind of request is counted at. */
function renderPrices({ parameters, prices }: RequestKind): string {
  const model = escapeControls(parameters.model);
  if (prices) return `${model}: ${prices.describe}`;
  if (model === "") return "price unknown: give --model or --prices";
  return `no price is known for ${model} (give --prices)`;
}

/** Renders how to read the table, and what it assumes. */
function renderNotes(workloads: readonly Workload[]): string[] {
  const kinds = workloads.flatMap(({ creating, checking }) => [creating, checking ?? []].flat());
  const sizes = [...new Set(workloads.map(({ perRequest }) => perRequest))].join(" or ");
  const checks = workloads.some(({ checking }) => checking !== null);
  const ends = workloads.some(({ tokens }) => tokens !== undefined);
  const vectors = workloads.some(({ vectors }) => vectors !== null);
  const original = kinds.some(({ parameters }) => parameters.maxTokens === "original");
  const notes = [
    `requests: examples that are missing, ${sizes} a request; more if replies yield fewer${ends ? "; with --tokens as many as these are left for" : ""}${checks ? "; + answers that check labels" : ""}`,
    "at worst: that many requests, each at its limit",
    ...(original
      ? [
          `--max-tokens original: a reply's limit is ${renderWhole(originalContext)} tokens less the prompt's, a token for ${originalBytes} bytes`,
        ]
      : []),
    "by replies: of journals that hold its requests already, its own or another creation's, with their yield, tokens and time",
    `assumed: a token for ${assumedBytes} bytes, replies of ${sizes} such examples, ${assumedSpeed} completion tokens a second and request, ${workloads[0]?.concurrency} requests in flight (chains: one each)`,
    ...(vectors
      ? ["time: with --near-cosine every two kept questions are compared; encoding not included"]
      : []),
    ...new Set(kinds.map(renderPrices)),
  ];
  return notes.map((note) => `  ${note}`);
}

/** Renders whether the caps suffice. */
function renderCaps(
  { tokens, usd }: CostEstimate,
  left: { usd: number | null; tokens: number | null },
): string[] {
  const cap = (name: string, most: number | null, needs: ExpectedAndWorst | null, text: string) => {
    if (most === null || needs === null) return [];
    const enough = needs.worst > most ? "enough by what is expected, not at worst" : "enough";
    const verdict = needs.expected > most ? "not enough by what is expected" : enough;
    return [`  ${name} leaves ${text}: ${verdict}`];
  };
  return [
    ...cap("--max-cost", left.usd, usd, `${renderUsd(left.usd ?? 0)} USD`),
    ...cap("--max-total-tokens", left.tokens, tokens, `${renderWhole(left.tokens ?? 0)} tokens`),
  ];
}
