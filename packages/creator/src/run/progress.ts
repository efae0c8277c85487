import {
  type Context,
  dash,
  escapeControls,
  renderAbout,
  renderSeconds,
  renderUsd,
  renderWhole,
  truncateToWidth,
} from "@seedling/core/internal";
import { type CreationState, countTokens } from "../create/creation-state.ts";
import {
  averageUsage,
  type CostEstimate,
  enoughReplies,
  estimate,
  type Workload,
} from "../llm/estimate.ts";
import type { ModelPrices } from "../llm/prices.ts";
import type { Shape } from "../prompt/prompt.ts";
import { renderCounts } from "../reply/candidate.ts";
import { computeUsd, renderLabels } from "./summary.ts";
import type { Throughput } from "./throughput.ts";

/** What a user sees of a creation while it runs. */
export interface ProgressView {
  /** The run's name. */
  name: string;
  /** Who answers: a model, a recording of one, or the bundled sample's. */
  from: "live" | "replay" | "sample";
  model: string;
  options: Shape["options"];
  state: CreationState;
  workload: Workload;
  /** Requests in flight, those of the label check among them. */
  inFlight: number;
  /** Requests in flight at most, as the limits allow now. */
  allowed: number;
  prices: ModelPrices;
  throughput: Throughput;
}

/**
 * Estimates what a live creation asks from now on, from its plan and what was measured so far.
 * @returns null before there is anything to go by, and for a replay, which asks nothing
 */
export function estimateRest(view: ProgressView): CostEstimate | null {
  const { state, workload, throughput, allowed, from } = view;
  const { completions, kept, new: checked } = state.funnel;
  if (from !== "live" || completions < enoughReplies || kept === 0) return null;
  const came = Math.max(throughput.came, completions);
  const { concurrency, chains } = workload;
  const atOnce = Math.min(allowed, chains ?? concurrency);
  return estimate(
    { ...workload, concurrency: allowed },
    {
      replies: completions,
      waiting: came - completions,
      kept,
      checked,
      usage: averageUsage(state.tokens, came),
      checkUsage: averageUsage(state.checking, state.checking.replies),
      seconds: throughput.seconds,
      // A tree begins with one request: before two rounds replies a second say little.
      perSecond: throughput.live >= 2 * atOnce ? throughput.perSecond : null,
    },
  );
}

const kinds = { live: "", replay: "replay: ", sample: "SAMPLE replay: " } as const;

/** Renders a creation's state as two plain lines of at most so many columns. */
export function renderProgress(view: ProgressView, columns: number): string[] {
  const { state, workload, from, options } = view;
  const { kept, completions } = state.funnel;
  const rest = estimateRest(view);
  const left =
    rest && view.throughput.seconds !== null ? [`about ${renderSeconds(rest.seconds)} left`] : [];
  const first = [
    `${kinds[from]}${kept} of ${workload.target} kept from ${completions} replies, ${renderInFlight(view)}`,
    ...left,
    `rejected: ${renderCounts(state.rejections)}`,
  ];
  const second = [
    `${completions === 0 ? dash : (kept / completions).toFixed(2)} kept a reply`,
    renderTokens(view, rest),
    renderCost(view, rest),
    ...(state.contaminated === null
      ? []
      : [`${state.contaminated} too close to what is evaluated on`]),
    `labels: ${renderLabels(state, options)}`,
  ];
  const lines = [`  ${first.join("; ")}`, `    ${second.join("; ")}`];
  return lines.map((line) => truncateToWidth(line, columns));
}

/** Renders requests that are out: `12 requests in flight (12 of 64 allowed)`. */
function renderInFlight({ inFlight, allowed, workload }: ProgressView): string {
  const { concurrency } = workload;
  const fewer = allowed < concurrency ? ` (${allowed} of ${concurrency} allowed)` : "";
  return `${inFlight} requests in flight${fewer}`;
}

/** Renders tokens so far, the label check's included, and expected in all. */
function renderTokens({ state }: ProgressView, rest: CostEstimate | null): string {
  const sofar = countTokens(state);
  const uncounted = state.tokens.uncounted + state.checking.uncounted;
  const about = rest && sofar > 0 ? ` of about ${renderAbout(sofar + rest.tokens.expected)}` : "";
  return `${renderWhole(sofar)}${about} tokens${uncounted > 0 ? ` (${uncounted} replies uncounted)` : ""}`;
}

/** Renders USD so far, expected in all, and per kept example. */
function renderCost({ from, state, prices }: ProgressView, rest: CostEstimate | null): string {
  if (from !== "live") return "0 USD: a replay asks nothing";
  const usd = computeUsd(state, prices);
  if (usd === null) return "no price is known (give --prices)";
  const { kept } = state.funnel;
  const about = rest?.usd && usd > 0 ? ` of about ${renderUsd(usd + rest.usd.expected)}` : "";
  return `${renderUsd(usd)}${about} USD, ${kept === 0 ? dash : renderUsd(usd / kept)} a kept example`;
}

/** Renders the first estimate from replies: `after 3 replies: about 120 requests, 96,000 tokens, 0.05 USD, 4 min`. */
export function renderFirstEstimate(view: ProgressView, rest: CostEstimate): string {
  const { state, prices, throughput } = view;
  const sofar = countTokens(state);
  const usd = computeUsd(state, prices);
  const came = Math.max(throughput.came, state.funnel.completions);
  const parts = [
    `about ${renderWhole(came + rest.requests)} requests`,
    sofar === 0
      ? "tokens unknown (the server does not count)"
      : `${renderAbout(sofar + rest.tokens.expected)} tokens`,
    ...(usd === null || !rest.usd ? [] : [`${renderUsd(usd + rest.usd.expected)} USD`]),
    renderSeconds(throughput.elapsed + rest.seconds),
  ];
  return `  after ${state.funnel.completions} replies: ${parts.join(", ")}`;
}

/** Renders who answers: `SAMPLE, replaying gpt`. */
function renderModel({ from, model }: ProgressView): string {
  const name = escapeControls(model);
  if (from === "live") return `live with ${name}`;
  return from === "sample" ? `SAMPLE, replaying ${name}` : `replaying ${name}`;
}

/** Milliseconds between drawings, between lines, and between lines while nothing happens. */
const every = { panel: 200, line: 5000, quiet: 60_000 };

/** Columns of a printed line at most. */
const widest = 200;

/**
 * Shows a user how far a creation is: the same lines redrawn in a panel, or printed where that would not
 * be seen. Whoever opens it closes it.
 */
export function openProgress(
  { panel, log }: Pick<Context, "panel" | "log">,
  createView: () => ProgressView,
) {
  let begun = false;
  let estimated = false;
  let printed = "";
  let silent = 0;

  const print = () => {
    const view = createView();
    const { funnel, checking } = view.state;
    const now = `${funnel.completions} ${checking.replies}`;
    silent += every.line;
    if (now === printed && silent < every.quiet) return;
    printed = now;
    silent = 0;
    log(renderProgress(view, widest).join("\n"));
  };
  const draw = () => {
    if (!panel) return;
    const view = createView();
    const title = `${escapeControls(view.name)}, ${renderModel(view)}, ${renderSeconds(view.throughput.elapsed)}`;
    const lines = renderProgress(view, panel.columns);
    panel.draw([truncateToWidth(title, panel.columns), ...lines]);
  };
  const show = () => {
    if (begun) panel ? draw() : print();
  };
  const timer = setInterval(show, panel ? every.panel : every.line);
  timer.unref();

  return {
    /** Prints the first estimate, once there are enough replies for one. */
    update() {
      begun = true;
      if (estimated) return;
      const view = createView();
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
