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
import {
  addEstimates,
  assumedBytes,
  assumedSpeed,
  type CostEstimate,
  type CreatorPlan,
  type ExpectedAndWorst,
  type Workload,
} from "../llm/estimate.ts";

/** A run of a dry run. */
export interface PlannedRun {
  name: string;
  plan: CreatorPlan;
}

/** What the caps leave to spend; null: no cap. */
export interface CapsLeft {
  usd: number | null;
  tokens: number | null;
}

/** Plans a run, or finds why it cannot start; that does not stop the other runs. @throws FlagError */
export async function tryPlan(plan: () => Promise<CreatorPlan>): Promise<CreatorPlan> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof ExpectedError) || error instanceof FlagError) throw error;
    return { state: "cannot start", why: error.message };
  }
}

/** Renders what every run would ask, the tokens, USD and time of it, and all in all. */
export function renderDryRun(runs: readonly PlannedRun[], left: CapsLeft): string {
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
  const reasons = countReasons(runs);
  const symbolOf = (why: string) => `[${[...reasons.keys()].indexOf(why) + 1}]`;
  const lines = rows.map((row, i) => {
    const plan = runs[i]?.plan;
    if (!plan || plan.state === "todo") return row;
    const why = plan.state === "cannot start" ? `cannot start ${symbolOf(plan.why)}` : plan.why;
    return `${row}${" ".repeat(widest - measureWidth(row))}  ${why}`;
  });
  const workloads = todo.map(({ workload }) => workload);
  return [
    `dry run of ${renderCount(runs.length, "run")}, nothing is asked`,
    head,
    ...lines,
    ...[...reasons].map(
      ([why, n]) => `  ${symbolOf(why)} ${escapeControls(why)} (${renderCount(n, "run")})`,
    ),
    ...(todo.length === 0 ? [] : [...renderNotes(workloads), ...renderCaps(total, left)]),
    renderAll(runs, total),
  ].join("\n");
}

/** Counts of each reason why runs cannot start how many it stops, in their order. */
function countReasons(runs: readonly PlannedRun[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { plan } of runs)
    if (plan.state === "cannot start") counts.set(plan.why, (counts.get(plan.why) ?? 0) + 1);
  return counts;
}

/** Renders the last line: how many creations there are of each kind, and what they take. */
function renderAll(runs: readonly PlannedRun[], total: CostEstimate): string {
  const count = (state: CreatorPlan["state"]) =>
    runs.filter(({ plan }) => plan.state === state).length;
  const stuck = count("cannot start");
  const { requests, answers, tokens, usd } = total;
  const counts = `${renderWhole(count("todo"))} to do, ${renderWhole(count("done"))} done${stuck > 0 ? `, ${renderWhole(stuck)} cannot start` : ""}`;
  if (requests + answers === 0) return renderTotal("creation", [counts]);
  return renderTotal("creation", [
    counts,
    `about ${renderWhole(requests + answers)} requests`,
    `${renderAbout(tokens.expected)} tokens (${renderAbout(tokens.worst)} at worst)`,
    usd
      ? `${renderUsd(usd.expected)} USD (${renderUsd(usd.worst)} at worst)`
      : "USD not known (no --prices)",
    renderTime(total),
  ]);
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
    from === 0 ? "assumed" : `${renderWhole(from)} replies`,
  ];
}

/** Renders a time; empty: it takes none. */
function renderTime({ seconds, batches }: CostEstimate): string {
  const time = [
    ...(seconds > 0 ? [renderSeconds(seconds)] : []),
    ...(batches > 0 ? [`${renderWhole(batches)} x 24 h at most`] : []),
  ];
  return time.join(" + ");
}

function renderUnpriced(model: string): string {
  if (model === "") return "price unknown: give --model or --prices";
  return `no price is known for ${escapeControls(model)} (give --prices)`;
}

function renderNotes(workloads: readonly Workload[]): string[] {
  const kinds = workloads.flatMap(({ creating, checking }) => [
    creating,
    ...(checking ? [checking] : []),
  ]);
  const prices = kinds.map(({ parameters, prices }) =>
    prices === null
      ? renderUnpriced(parameters.model)
      : `${escapeControls(parameters.model)}: ${prices.describe}`,
  );
  const [first] = workloads;
  const sizes = [...new Set(workloads.map(({ perRequest }) => perRequest))].join(" or ");
  const checks = workloads.some(({ checking }) => checking !== null);
  const vectors = workloads.some(({ vectors }) => vectors !== null);
  const notes = [
    `requests: examples that are missing, ${sizes} a request; more if replies yield fewer${checks ? "; + answers that check labels" : ""}`,
    "at worst: that many requests, each at its limit",
    "by replies: of the run's own journal, with their yield, tokens and time",
    `assumed: a token for ${assumedBytes} bytes, replies of ${sizes} such examples, ${assumedSpeed} completion tokens a second and request, ${first?.concurrency} requests in flight (chains: one each)`,
    ...(vectors
      ? ["time: with --near-cosine every two kept questions are compared; encoding not included"]
      : []),
  ];
  return [...notes, ...new Set(prices)].map((note) => `  ${note}`);
}

function renderCaps({ tokens, usd }: CostEstimate, left: CapsLeft): string[] {
  const cap = (name: string, rest: string, most: number, { expected, worst }: ExpectedAndWorst) => {
    if (expected > most) return `  ${name} leaves ${rest}: not enough by what is expected`;
    const enough = worst > most ? "enough by what is expected, not at worst" : "enough";
    return `  ${name} leaves ${rest}: ${enough}`;
  };
  return [
    ...(left.usd !== null && usd
      ? [cap("--max-cost", `${renderUsd(left.usd)} USD`, left.usd, usd)]
      : []),
    ...(left.tokens !== null
      ? [cap("--max-total-tokens", `${renderWhole(left.tokens)} tokens`, left.tokens, tokens)]
      : []),
  ];
}
