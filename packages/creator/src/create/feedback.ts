import { renderCount, renderPercent, renderWhole } from "@seedling/core/internal";
import { type Shown, settings } from "../settings/settings.ts";
import {
  type CreationState,
  type CreationTarget,
  type CurvePoint,
  countTokens,
  type Refit,
  renderKept,
} from "./creation.ts";
import type { CreationPlan } from "./creation-options.ts";

/** Kept examples from which on folds say something. */
const enough = 10;

/** Chunks in which the curve must not have risen. */
const flatChunks = 3;

/** Creates what looks at a classifier between chunks of requests: it is fitted when a chunk's last reply is merged. */
export function createFeedback(plan: CreationPlan, refit: Refit | null, state: CreationState) {
  const { chunk, setting, stopWhenFlat } = plan;
  const looks = settings[setting].order === "chunk" || stopWhenFlat;
  const kept: Shown[] = [];
  const shown = new Set<Shown>();
  let confidence: readonly number[] = [];
  let hasEnded = false;
  return {
    /** Takes in a kept example. */
    keep: (one: Shown) => void (looks && kept.push(one)),
    /** Takes in that a reply was merged. */
    async merge(): Promise<void> {
      hasEnded = looks && state.funnel.completions % chunk === 0;
      if (!hasEnded || refit === null) return;
      const examples = kept.map(({ example }) => example);
      const labels = new Set(examples.map(({ label }) => label));
      if (examples.length < enough || labels.size < 2) return;
      // A chunk of which nothing was kept says nothing of what more would bring.
      if (examples.length === state.curve.at(-1)?.n) return;
      const answers = await refit(examples);
      confidence = answers.confidence;
      state.curve.push(toPoint(answers.right));
      state.isFlat = stopWhenFlat && isFlat(state.curve);
    },
    /** Finds what was kept that the classifier is least sure of, what was not shown before first; as many as a chunk has requests. */
    leastSure(): readonly Shown[] {
      if (!hasEnded) return [];
      const ranked = kept.map((one, i) => ({ one, rank: confidence[i] ?? 1 }));
      ranked.sort((a, b) => Number(shown.has(a.one)) - Number(shown.has(b.one)) || a.rank - b.rank);
      const chosen = ranked.slice(0, chunk).map(({ one }) => one);
      for (const one of chosen) shown.add(one);
      return chosen;
    },
  };
}

function toPoint(right: readonly boolean[]): CurvePoint {
  const n = right.length;
  const accuracy = right.filter(Boolean).length / n;
  return { n, accuracy, error: Math.sqrt((accuracy * (1 - accuracy)) / n) };
}

/** Whether none of the last points is above the best one before them by more than its own error. */
export function isFlat(curve: readonly CurvePoint[]): boolean {
  const before = curve.slice(0, -flatChunks);
  if (before.length === 0) return false;
  const best = Math.max(...before.map(({ accuracy }) => accuracy));
  return curve.slice(-flatChunks).every(({ accuracy, error }) => accuracy <= best + error);
}

/**
 * Renders how a classifier did that was fitted as the creation went; where it ended before its target for that, what that
 * saved by what it took so far; null: none was fitted.
 */
export function renderCurve(plan: CreationTarget, state: CreationState) {
  const { curve, funnel, isFlat: ended } = state;
  const last = curve.at(-1);
  if (!last) return null;
  const points = curve.slice(-flatChunks - 1).map(({ n, accuracy }) => {
    return `${renderPercent(accuracy)} of ${n}`;
  });
  const right = `right about ${points.join(", ")} kept examples on five folds (standard error ${renderPercent(last.error)})`;
  if (!ended) return `the classifier that was fitted as it went was ${right}`;
  const { target, tokens } = plan;
  const missing = target / funnel.kept - 1;
  const more = tokens === null ? missing : Math.min(missing, tokens / state.counted - 1);
  const requests = Math.round(more * funnel.completions);
  const saved = Math.round(more * countTokens(state));
  const at =
    tokens === null
      ? `${renderWhole(funnel.kept)} of ${renderWhole(target)}`
      : renderKept(plan, state);
  return `the classifier gets no better: ${right}; --stop-when-flat ended at ${at}, which saved about ${renderCount(requests, "request")} and ${renderWhole(saved)} tokens`;
}
