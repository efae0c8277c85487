import {
  dash,
  renderAbout,
  renderCount,
  renderSeconds,
  renderTotal,
  renderUsd,
  renderWhole,
} from "@seedling/core/internal";
import { renderColumns, toPrintable, toWidth } from "./columns.ts";
import {
  assumedBytes,
  assumedSpeed,
  type Estimate,
  type Forecast,
  toForecast,
  toTotal,
  type Undone,
} from "./forecast.ts";

/** A run of the product. */
export interface DryRun {
  name: string;
  /** Its creation's; runs that share it share its work. */
  folder: string;
  /** What it would create, or why it asks nothing. */
  todo: Undone | Idle;
}

/** A run that asks nothing. */
export interface Idle {
  /** free: there is nothing to ask, or another run asks it. */
  state: "done" | "free" | "cannot start";
  /** Such as `already created`; of one that cannot start, what stands in its way. */
  why: string;
}

/** What the caps leave to spend; null: no cap. */
export interface Left {
  usd: number | null;
  tokens: number | null;
}

/** What every run would ask, the tokens, USD and time of it, and all in all. Nothing is asked for it. */
export function renderDryRun(runs: readonly DryRun[], left: Left): string {
  const shared = withoutShared(runs);
  const undone = shared.flatMap(({ todo }) => (isIdle(todo) ? [] : [todo]));
  const names = shared.map(({ name }) => `  ${toPrintable(name)}`);
  const widest = Math.max(...names.map(toWidth));
  const cells = shared.map(({ todo }, i) => [
    names[i] ?? "",
    ...(isIdle(todo) ? [] : renderForecast(toForecast(todo))),
  ]);
  const total = toTotal(undone.map(toForecast));
  const [head, ...rows] = renderColumns([
    ["  run", "examples", "requests", "tokens", "at worst", "USD", "at worst", "time", "by"],
    ...cells,
    ["  total", ...renderForecast(total).slice(0, -1)],
  ]);
  const stuck = countStuck(shared);
  const toMark = (why: string) => `[${[...stuck.keys()].indexOf(why) + 1}]`;
  const lines = rows.map((row, i) => {
    const todo = shared[i]?.todo;
    if (!todo || !isIdle(todo)) return row;
    const why = todo.state === "cannot start" ? `cannot start ${toMark(todo.why)}` : todo.why;
    return `${row}${" ".repeat(widest - toWidth(row))}  ${why}`;
  });
  return [
    `dry run of ${renderCount(runs.length, "run")}, nothing is asked`,
    head,
    ...lines,
    ...[...stuck].map(
      ([why, n]) => `  ${toMark(why)} ${toPrintable(why)} (${renderCount(n, "run")})`,
    ),
    ...(undone.length === 0 ? [] : [...renderNotes(undone), ...renderLeft(total, left)]),
    renderAll(runs, total),
  ].join("\n");
}

/** What stands in the way of runs, and of how many, in their order. */
function countStuck(runs: readonly DryRun[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { todo } of runs)
    if (isIdle(todo) && todo.state === "cannot start")
      counts.set(todo.why, (counts.get(todo.why) ?? 0) + 1);
  return counts;
}

function isIdle(todo: DryRun["todo"]): todo is Idle {
  return "state" in todo;
}

/** Creations, each once whichever runs share it, and what they take. */
function renderAll(runs: readonly DryRun[], total: Forecast): string {
  const creations = new Map(runs.map(({ folder, todo }) => [folder, todo]));
  const states = [...creations.values()].map((todo) => (isIdle(todo) ? todo.state : "to do"));
  const count = (state: (typeof states)[number]) => states.filter((one) => one === state).length;
  const stuck = count("cannot start");
  const { requests, answers, tokens, usd } = total;
  const counts = `${renderWhole(count("to do"))} to do, ${renderWhole(count("done"))} done${stuck > 0 ? `, ${renderWhole(stuck)} cannot start` : ""}`;
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

/** Of runs that share a creation the first one does the work. */
function withoutShared(runs: readonly DryRun[]): DryRun[] {
  const first = new Map<string, string>();
  return runs.map((run) => {
    if (isIdle(run.todo)) return run;
    const same = first.get(run.folder);
    if (same !== undefined)
      return { ...run, todo: { state: "free", why: `shares the creation of ${same}` } };
    first.set(run.folder, run.name);
    return run;
  });
}

function renderForecast(forecast: Forecast): string[] {
  const { examples, requests, answers, tokens, usd, from } = forecast;
  return [
    renderWhole(examples),
    `${renderWhole(requests)}${answers > 0 ? ` + ${renderWhole(answers)}` : ""}`,
    renderAbout(tokens.expected),
    renderAbout(tokens.worst),
    usd === null ? dash : renderUsd(usd.expected),
    usd === null ? dash : renderUsd(usd.worst),
    renderTime(forecast) || dash,
    from === 0 ? "assumed" : `${renderWhole(from)} replies`,
  ];
}

/** Empty: it takes none. */
function renderTime({ seconds, batches }: Forecast): string {
  const time = [
    ...(seconds > 0 ? [renderSeconds(seconds)] : []),
    ...(batches > 0 ? [`${renderWhole(batches)} x 24 h at most`] : []),
  ];
  return time.join(" + ");
}

function renderUnpriced(model: string): string {
  if (model === "") return "price unknown: give --model or --prices";
  return `no price is known for ${toPrintable(model)} (give --prices)`;
}

function renderNotes(undone: readonly Undone[]): string[] {
  const askings = undone.flatMap(({ creating, checking }) => [
    creating,
    ...(checking ? [checking] : []),
  ]);
  const prices = askings.map(({ parameters, prices }) =>
    prices === null
      ? renderUnpriced(parameters.model)
      : `${toPrintable(parameters.model)}: ${prices.describe}`,
  );
  const [first] = undone;
  const sizes = [...new Set(undone.map(({ perRequest }) => perRequest))].join(" or ");
  const checks = undone.some(({ checking }) => checking !== null);
  const notes = [
    `requests: examples that are missing, ${sizes} a request; more if replies yield fewer${checks ? "; + answers that check labels" : ""}`,
    "at worst: that many requests, each at its limit",
    "by replies: of the run's own journal, with their yield, tokens and time",
    `assumed: a token for ${assumedBytes} bytes, replies of ${sizes} such examples, ${assumedSpeed} completion tokens a second and request, ${first?.concurrency} requests in flight (chains: one each)`,
  ];
  return [...notes, ...new Set(prices)].map((note) => `  ${note}`);
}

function renderLeft({ tokens, usd }: Forecast, left: Left): string[] {
  const cap = (name: string, rest: string, most: number, { expected, worst }: Estimate) => {
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
