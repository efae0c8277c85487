import { renderUsd, renderWhole } from "@seedling/core/internal";
import { html, type Insert, type Markup } from "../render/markup.ts";
import type { Analysis } from "../tables/analysis.ts";
import { renderPercent } from "../tables/numbers.ts";
import { addUp } from "./add-up.ts";
import { settingAndTask } from "./creation-columns.ts";
import type { Comparison, CreationGroup } from "./creations.ts";
import { type Column, renderTable } from "./data-table.ts";
import { renderMissing, type Section } from "./section.ts";
import { renderShares } from "./shares.ts";

/** The steps of the funnel after the completions, in their order. */
const steps = ["candidates", "valid", "new", "kept"] as const;

/** What was asked for, what was kept of it, and what that took. */
export function toYieldSection({ table5 }: Analysis, comparisons: readonly Comparison[]): Section {
  const section = { id: "yield", name: "Yield", title: "What is kept, and what is not?" };
  const rows = comparisons.flatMap(({ groups }) => groups);
  if (rows.length === 0) {
    const missing = "Nothing was created yet.";
    return { ...section, body: renderMissing(missing, "--data boolq --setting all") };
  }
  const body = html`<p>From replies to kept examples. A step's percentage is of the step before; means
over the seeds of a row. Costs stand in Table 5.</p>
${renderTable("Yield funnel", columns, rows)}
<p class="note">${table5.rows.some(({ partial }) => partial) && "Some creations stopped before their end."}</p>
<h3>What became of the candidates</h3>
<div class="pair">${comparisons.map(renderFates)}</div>`;
  return { ...section, body };
}

const columns: Column<CreationGroup>[] = [
  ...settingAndTask,
  { head: "Model, flags", prose: true, cell: ({ row }) => toModel(row) },
  {
    head: "Creations",
    align: "right",
    cell: ({ creations }) => creations.length,
    sort: ({ creations }) => creations.length,
  },
  {
    head: "Replies",
    align: "right",
    cell: ({ row }) => renderWhole(row.replies),
    sort: ({ row }) => row.replies,
  },
  ...steps.map((step) => ({
    head: step[0]?.toUpperCase() + step.slice(1),
    align: "right" as const,
    cell: (group: CreationGroup) => renderStep(group, step),
    sort: (group: CreationGroup) => toStep(group, step),
  })),
  {
    head: "Tokens a kept example",
    align: "right",
    cell: ({ row }) => (row.tokensPerKept === null ? "–" : renderWhole(row.tokensPerKept)),
    sort: ({ row }) => row.tokensPerKept,
  },
  {
    head: "USD today",
    align: "right",
    cell: ({ row }) => (row.todayUsd === null ? "–" : renderUsd(row.todayUsd)),
    sort: ({ row }) => row.todayUsd,
  },
];

function toModel({ model, flags }: CreationGroup["row"]): Insert {
  return html`${model}${flags && html`<small>${flags}</small>`}`;
}

/** The mean number of what is left after a step; null: the manifests do not say. */
function toStep({ creations }: CreationGroup, step: string): number | null {
  const counts = creations.flatMap(
    ({ manifest }) => manifest.funnel.find((one) => one.step === step)?.n ?? [],
  );
  return counts.length === 0 ? null : counts.reduce((sum, n) => sum + n, 0) / counts.length;
}

function renderStep(group: CreationGroup, step: (typeof steps)[number]): Insert {
  const n = toStep(group, step);
  if (n === null) return "–";
  const before = steps[steps.indexOf(step) - 1];
  const whole = before ? toStep(group, before) : null;
  return html`${renderWhole(n)}${whole ? html`<small>${renderPercent(n / whole, 1)} %</small>` : null}`;
}

/** Kept, or why not. */
function renderFates({ title, mark, groups }: Comparison, at: number): Markup | null {
  return renderShares({
    id: `fates-${at}`,
    title: `Candidates, kept or rejected: ${title}`,
    mark,
    whole: "what was told apart in replies",
    rows: groups.map(({ row, creations }) => ({
      label: row.source,
      counts: addUp(
        creations.map(({ manifest }) => ({ kept: manifest.kept, ...manifest.rejections })),
      ),
    })),
  });
}
