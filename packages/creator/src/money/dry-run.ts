import { none, renderAbout, renderSeconds, renderUsd, renderWhole } from "@seedling/core";
import { renderColumns, toPrintable, toWidth } from "../view/columns.ts";
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
  /** What it would create, or why it asks nothing, such as `already created`. */
  todo: Undone | string;
}

/** What the caps leave to spend; null: no cap. */
export interface Left {
  usd: number | null;
  tokens: number | null;
}

/** What every run would ask, the tokens, USD and time of it, and all in all. Nothing is asked for it. */
export function renderDryRun(runs: readonly DryRun[], left: Left): string {
  const shared = withoutShared(runs);
  const undone = shared.flatMap(({ todo }) => (typeof todo === "string" ? [] : [todo]));
  const names = shared.map(({ name }) => `  ${toPrintable(name)}`);
  const widest = Math.max(...names.map(toWidth));
  const cells = shared.map(({ todo }, i) => [
    names[i] ?? "",
    ...(typeof todo === "string" ? [] : renderForecast(toForecast(todo))),
  ]);
  const total = toTotal(undone.map(toForecast));
  const [head, ...rows] = renderColumns([
    ["  run", "examples", "requests", "tokens", "at worst", "USD", "at worst", "time", "by"],
    ...cells,
    ["  total", ...renderForecast(total).slice(0, -1)],
  ]);
  const lines = rows.map((row, i) => {
    const todo = shared[i]?.todo;
    return typeof todo === "string" ? `${row}${" ".repeat(widest - toWidth(row))}  ${todo}` : row;
  });
  return [
    `dry run of ${renderWhole(runs.length)} run${runs.length === 1 ? "" : "s"}, nothing is asked`,
    head,
    ...lines,
    ...(undone.length === 0 ? [] : [...renderNotes(undone), ...renderLeft(total, left)]),
  ].join("\n");
}

/** Of runs that share a creation the first one does the work. */
function withoutShared(runs: readonly DryRun[]): DryRun[] {
  const first = new Map<string, string>();
  return runs.map((run) => {
    if (typeof run.todo === "string") return run;
    const same = first.get(run.folder);
    if (same !== undefined) return { ...run, todo: `shares the creation of ${same}` };
    first.set(run.folder, run.name);
    return run;
  });
}

function renderForecast(forecast: Forecast): string[] {
  const { examples, requests, answers, tokens, usd, seconds, batches, from } = forecast;
  const time = [
    ...(seconds > 0 ? [renderSeconds(seconds)] : []),
    ...(batches > 0 ? [`${renderWhole(batches)} x 24 h at most`] : []),
  ];
  return [
    renderWhole(examples),
    `${renderWhole(requests)}${answers > 0 ? ` + ${renderWhole(answers)}` : ""}`,
    renderAbout(tokens.expected),
    renderAbout(tokens.worst),
    usd === null ? none : renderUsd(usd.expected),
    usd === null ? none : renderUsd(usd.worst),
    time.join(" + ") || none,
    from === 0 ? "assumed" : `${renderWhole(from)} replies`,
  ];
}

function renderNotes(undone: readonly Undone[]): string[] {
  const askings = undone.flatMap(({ creating, checking }) => [
    creating,
    ...(checking ? [checking] : []),
  ]);
  const prices = askings.map(({ parameters, prices }) =>
    prices === null
      ? `no price is known for ${toPrintable(parameters.model)} (give --prices)`
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
