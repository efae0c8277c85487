import {
  type Context,
  dash,
  escapeControls,
  renderAbout,
  renderCount,
  renderSeconds,
  renderUsd,
  renderWhole,
  toRunName,
  truncateToWidth,
} from "@seedling/core/internal";
import { type CreationState, countTokens, renderKept } from "../create/creation.ts";
import {
  averageUsage,
  type CostEstimate,
  countAtOnce,
  enoughReplies,
  estimate,
} from "../llm/estimate.ts";
import { renderCounts } from "../reply/candidate.ts";
import type { PlannedCreation } from "./plan.ts";
import { computeUsd, renderLabels } from "./summary.ts";
import type { createStopwatch } from "./throughput.ts";

/** What a user sees of a creation while it runs. */
export interface ProgressView {
  creation: PlannedCreation;
  state: CreationState;
  /** Requests in flight, those of the label check among them, and at most, as the limits allow now. */
  inFlight: number;
  allowed: number;
  throughput: ReturnType<ReturnType<typeof createStopwatch>["read"]>;
  /** How many examples were kept after each processed reply. */
  keptAfter: readonly number[];
}

/**
 * Estimates what a live creation asks from now on, from its plan and what was measured so far.
 * @returns null before there is anything to go by, where only what waits can tell, and for a replay, which asks nothing
 */
export function estimateRest(view: ProgressView): CostEstimate | null {
  const { creation, state, throughput, allowed, keptAfter } = view;
  const { workload } = creation;
  const { completions, kept, new: checked } = state.funnel;
  if (creation.completions.kind !== "live" || completions < enoughReplies || kept === 0)
    return null;
  const came = Math.max(throughput.came, completions);
  const { naming: _, ...within } = { ...workload, concurrency: allowed };
  const atOnce = countAtOnce(within);
  // Of what was counted before, until replies have come that were not among it.
  const { known } = creation;
  const journaled = throughput.came - throughput.live;
  const ahead = known && throughput.live <= atOnce ? known.replies + known.waiting - journaled : 0;
  const rest = estimate(within, {
    replies: completions,
    counted: state.counted,
    waiting: Math.max(0, came - (state.naming?.replies ?? 0) - completions) + Math.max(0, ahead),
    answered: 0,
    kept,
    checked,
    labels: state.labels,
    late: workload.balanced && countLate(keptAfter, workload.balanced.block),
    usage: averageUsage(state.tokens, came),
    checkUsage: averageUsage(state.checking, state.checking.replies),
    seconds: throughput.seconds,
    // A tree begins with one request: before two rounds replies a second say little.
    perSecond: throughput.live >= 2 * atOnce ? throughput.perSecond : null,
  });
  // Of a balanced creation, what waits may go over quota.
  return workload.balanced !== undefined && rest.requests === 0 ? null : rest;
}

/** Counts what the last so many replies brought; undefined: there were not so many. */
function countLate(keptAfter: readonly number[], replies: number) {
  const [before, now] = [keptAfter.at(-1 - replies), keptAfter.at(-1)];
  return before === undefined || now === undefined ? undefined : { replies, kept: now - before };
}

/** What a line of a run that is not live begins with. */
const kinds = { live: "", replay: "replay: ", sample: "SAMPLE replay: " } as const;

/** Renders a creation's state as two plain lines of at most so many columns. */
export function renderProgress(view: ProgressView, columns: number): string[] {
  const { creation, state, inFlight, allowed, throughput } = view;
  const { plan, workload, prices, completions: source } = creation;
  const { kept, completions } = state.funnel;
  const { concurrency } = workload;
  const rest = estimateRest(view);
  const fewer = allowed < concurrency ? ` (${allowed} of ${concurrency} allowed)` : "";
  const tokens = countTokens(state);
  const uncounted = state.tokens.uncounted + state.checking.uncounted;
  const inAll = rest && tokens > 0 ? ` of about ${renderAbout(tokens + rest.tokens.expected)}` : "";
  const usd = computeUsd(state, prices);
  const usdInAll = rest?.usd && usd ? ` of about ${renderUsd(usd + rest.usd.expected)}` : "";
  const first = [
    `${kinds[source.kind]}${renderKept(plan, state)} from ${renderCount(completions, "reply")}, ${renderCount(inFlight, "request")} in flight${fewer}`,
    ...(rest && throughput.seconds !== null ? [`about ${renderSeconds(rest.seconds)} left`] : []),
    `rejected: ${renderCounts(state.rejections)}`,
  ];
  const cost =
    usd === null
      ? "no price is known (give --prices)"
      : `${renderUsd(usd)}${usdInAll} USD, ${kept === 0 ? dash : renderUsd(usd / kept)} a kept example`;
  const second = [
    `${completions === 0 ? dash : (kept / completions).toFixed(2)} kept a reply`,
    `${renderWhole(tokens)}${inAll} tokens${uncounted > 0 ? ` (${renderCount(uncounted, "reply")} uncounted)` : ""}`,
    source.kind === "live" ? cost : "0 USD: a replay asks nothing",
    ...(state.contaminated === null
      ? []
      : [`${state.contaminated} too close to what is evaluated on`]),
    `labels: ${renderLabels(state, plan.shape.options)}`,
  ];
  const lines = [`  ${first.join("; ")}`, `    ${second.join("; ")}`];
  return lines.map((line) => truncateToWidth(line, columns));
}

/**
 * Renders the first estimate from replies: `after 3 replies: about 120 requests, 96,000 tokens, 0.05 USD, 4 min`.
 * Where journals gave some of them, it is of what is still to be asked.
 */
function renderFirstEstimate(view: ProgressView, rest: CostEstimate): string {
  const { creation, state, throughput } = view;
  const { completions } = state.funnel;
  const journaled = throughput.came - throughput.live;
  if (journaled > 0)
    return [
      `  after ${renderCount(completions, "reply")}, ${journaled} of them from journals: still to ask about ${renderCount(rest.requests, "request")}`,
      `${renderAbout(rest.tokens.expected)} tokens`,
      ...(rest.usd ? [`${renderUsd(rest.usd.expected)} USD`] : []),
      renderSeconds(rest.seconds),
    ].join(", ");
  const sofar = countTokens(state);
  const usd = computeUsd(state, creation.prices);
  const came = Math.max(throughput.came, completions);
  const tokens =
    sofar === 0
      ? "tokens unknown (the server does not count)"
      : `${renderAbout(sofar + rest.tokens.expected)} tokens`;
  return [
    `  after ${renderCount(completions, "reply")}: about ${renderCount(came + rest.requests, "request")}`,
    tokens,
    ...(usd === null || !rest.usd ? [] : [`${renderUsd(usd + rest.usd.expected)} USD`]),
    renderSeconds(throughput.elapsed + rest.seconds),
  ].join(", ");
}

/** Renders what runs, who answers and since when: `boolq tree seed 1, SAMPLE, replaying gpt, 8 s`. */
function renderTitle({ creation, throughput }: ProgressView): string {
  const { kind, model } = creation.completions;
  const who = { live: "live with", replay: "replaying", sample: "SAMPLE, replaying" }[kind];
  const name = escapeControls(toRunName(creation.run));
  return `${name}, ${who} ${escapeControls(model)}, ${renderSeconds(throughput.elapsed)}`;
}

/** Milliseconds between drawings, and between lines. */
const every = { panel: 200, line: 5000 };

/** Columns of a printed line at most. */
const widest = 200;

/**
 * Shows a user how far a creation is: the same lines redrawn in a panel, or where that would not be
 * seen those that changed printed. Whoever opens it closes it.
 */
export function openProgress(
  { panel, log }: Pick<Context, "panel" | "log">,
  readState: () => Omit<ProgressView, "keptAfter">,
) {
  const keptAfter: number[] = [];
  const createView = (): ProgressView => ({ ...readState(), keptAfter });
  let estimated = false;
  let seen = "";
  let printed: string[] = [];

  const show = () => {
    const view = createView();
    if (panel) {
      const title = truncateToWidth(renderTitle(view), panel.columns);
      panel.draw([title, ...renderProgress(view, panel.columns)]);
      return;
    }
    const { funnel, checking } = view.state;
    const now = `${funnel.completions} ${checking.replies}`;
    if (funnel.completions === 0 || now === seen) return;
    seen = now;
    const lines = renderProgress(view, widest);
    for (const line of lines) if (!printed.includes(line)) log(line);
    printed = lines;
  };
  const timer = setInterval(show, panel ? every.panel : every.line).unref();

  return {
    /** Takes in that a reply was processed; prints the first estimate once there are enough for one. */
    update() {
      const view = createView();
      keptAfter.push(view.state.funnel.kept);
      if (estimated) return;
      const rest = view.throughput.live > 0 ? estimateRest(view) : null;
      if (!rest) return;
      estimated = true;
      log(renderFirstEstimate(view, rest));
    },
    /** Stops, and leaves nothing drawn. */
    close() {
      clearInterval(timer);
      panel?.clear();
    },
  };
}
