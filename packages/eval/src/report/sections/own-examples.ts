import { join } from "node:path";
import {
  creationFiles,
  type Example,
  parseExample,
  renderPercent,
  renderWhole,
  toAnswer,
} from "@seedling/core/internal";
import { sum } from "d3-array";
import { z } from "zod";
import { html, type Insert, renderHtmlTable } from "../../render/html.ts";
import {
  attempt,
  createLabelNamer,
  openRecords,
  readFirst,
  readRecords,
} from "../../results/records.ts";
import type { CreationRun, Results } from "../../results/results.ts";
import { sortBy } from "../../tables/cells.ts";
import { left, long, number, type TableColumn } from "../../tables/column.ts";
import type { OwnTask } from "../../tables/own-tasks.ts";
import { truncateText } from "../charts/charts.ts";
import { renderChoice, type Section, wordFilter } from "../page/page.ts";
import { showTable } from "./rows.ts";

/** Examples shown of each label, and of each reason for a rejection. */
const mostShown = 20;

/** Characters shown of a text. */
const mostOfText = 600;

/** What was the classifier trained on: kept examples of each label, and what was rejected, and why. */
export function createExamplesSection(
  { creation, training }: OwnTask,
  { dir }: Results,
): Omit<Section, "id"> {
  const section = { name: "Examples", title: "What was it trained on?" };
  const labels = training?.manifest.train.labels ?? null;
  if (!creation) {
    const counted =
      labels && Object.entries(labels).map(([label, n]) => `${label} ${renderWhole(n)}`);
    const what =
      training?.manifest.source === "human" ? "examples labelled by people" : "a file of examples";
    return {
      ...section,
      content: [
        html`<p>${training ? `On ${what}, ${renderWhole(training.manifest.train.n)} of them.` : "Nothing was created or trained yet."}</p>\n`,
        counted && counted.length <= 100 && html`<p class="note">${counted.join(", ")}</p>\n`,
      ],
    };
  }
  const { kept, rejections, completions } = creation.manifest;
  const rejected = sum(Object.values(rejections));
  return {
    ...section,
    content: [
      html`<p>${renderWhole(kept)} examples by ${completions.model}; ${renderWhole(rejected)} more candidates were rejected. Below, at most ${mostShown} of each label, spread evenly over the order of their making. All of them: <code>${creation.path}/${creationFiles.created}</code>.</p>\n`,
      showKept(dir, creation),
      showRejected(dir, creation),
    ],
  };
}

/** A kept example, and what its lineage says. */
interface KeptExample {
  line: number;
  example: Example;
  lineage: z.infer<typeof lineageSchema> | null;
}

const lineageSchema = z.object({
  depth: z.number().optional(),
  /** The label that the model created, where another one was trained on. */
  created: z.string().optional(),
  agreement: z.object({ share: z.number().nullish() }).optional(),
});

function showKept(dir: string, creation: CreationRun): Insert {
  const path = join(dir, creation.path);
  const byLabel = pickKept(path);
  if (byLabel.size === 0)
    return html`<p class="note">Its file is not there any more, or damaged.</p>\n`;
  const columns: TableColumn<KeptExample>[] = [
    left("line", "Line", ({ line }) => line),
    long(
      "question",
      "Text",
      ({ example }) => truncateText(example.question, 40),
      ({ example }) => truncateText(example.question, mostOfText),
    ),
    left("context", "Context", ({ example }) => truncateText(example.context ?? "", mostOfText)),
    left("created", "Created as", ({ lineage, example }) =>
      lineage?.created === toAnswer(example) ? "" : lineage?.created,
    ),
    number(
      "agreement",
      "Blind answers as created",
      ({ lineage }) => lineage?.agreement?.share,
      renderPercent,
    ),
    number("depth", "Depth", ({ lineage }) => lineage?.depth, String),
  ];
  return [
    html`<h3>Kept examples</h3>\n`,
    renderChoice({
      choice: "Label",
      filters: wordFilter,
      contents: [...byLabel].map(([label, { n, shown }]) => ({
        name: `${label} (${renderWhole(n)})`,
        content: renderHtmlTable(
          { title: `Examples of ${label}`, columns, rows: shown },
          {
            cells: ["line", ["question", "context", "created"], "agreement", "depth"],
            decorate: { created: (_, text) => `created as ${text}` },
          },
        ),
      })),
    }),
  ];
}

/** Picks examples of each label, evenly from the first to the last, in two passes over the file. */
function pickKept(folder: string): Map<string, { n: number; shown: KeptExample[] }> {
  const file = join(folder, creationFiles.created);
  const examples = openRecords(file);
  if (examples === null) return new Map();
  const lineages = openRecords(join(folder, creationFiles.lineage));
  const read = (line: number): Example | null =>
    attempt(() => parseExample(examples.read(line), ""));
  const nameLabel = createLabelNamer(readFirst(file, (value) => parseExample(value, ""), 100));
  const lines = new Map<string, number[]>();
  for (let line = 0; line < examples.length; line++) {
    const example = read(line);
    if (example === null) break;
    const label = nameLabel(example);
    const its = lines.get(label);
    if (its) its.push(line);
    else lines.set(label, [line]);
  }
  const picked = sortBy([...lines], ([label]) => [label]).map(([label, its]) => {
    const step = Math.max(1, its.length / mostShown);
    const shown = Array.from({ length: Math.min(mostShown, its.length) }, (_, i): KeptExample => {
      const line = its[Math.floor(i * step)] as number;
      const lineage = attempt(() => lineageSchema.parse(lineages?.read(line)));
      return { line: line + 1, example: read(line) as Example, lineage };
    });
    return [label, { n: its.length, shown }] as const;
  });
  examples.close();
  lineages?.close();
  return new Map(picked);
}

const rejectedSchema = z.object({
  reason: z.string(),
  evidence: z.unknown(),
  candidate: z.unknown(),
});

type RejectedExample = z.infer<typeof rejectedSchema>;

/** Why candidates were rejected, how many, and the first of each reason. */
function showRejected(dir: string, creation: CreationRun): Insert {
  const { rejections, kept } = creation.manifest;
  const rows = sortBy(Object.entries(rejections), ([reason, n]) => [-n, reason]);
  if (rows.length === 0) return html`<h3>Rejected</h3><p>No candidate was rejected.</p>\n`;
  const all = kept + sum(rows, ([, n]) => n);
  const found = readRejected(join(dir, creation.path, creationFiles.rejected), rejections);
  const columns: TableColumn<RejectedExample>[] = [
    long("candidate", "Candidate", ({ candidate }) =>
      truncateText(renderCandidate(candidate), mostOfText),
    ),
    long("evidence", "Because of", ({ evidence }) =>
      truncateText(typeof evidence === "string" ? evidence : JSON.stringify(evidence ?? ""), 200),
    ),
  ];
  return [
    showTable(
      {
        title: "Rejected candidates, by reason",
        columns: [
          left("reason", "Reason", ([reason]: [string, number]) => reason),
          number("n", "Candidates", ([, n]: [string, number]) => n, renderWhole),
          number("part", "Of all", ([, n]: [string, number]) => n / all, renderPercent),
        ],
        rows,
        empty: "",
        notes: [],
      },
      {},
    ),
    found.size > 0 &&
      renderChoice({
        choice: "Reason",
        filters: wordFilter,
        contents: rows.flatMap(([reason, n]) => {
          const shown = found.get(reason);
          if (!shown) return [];
          const title = `${reason}: ${shown.length < n ? `the first ${shown.length} of ` : ""}${renderWhole(n)}`;
          return [{ name: title, content: renderHtmlTable({ title, columns, rows: shown }) }];
        }),
      }),
  ];
}

function renderCandidate(candidate: unknown): string {
  const { question, answer } = (candidate ?? {}) as Record<string, unknown>;
  if (typeof question !== "string") return JSON.stringify(candidate ?? "");
  return answer === undefined ? question : `${question} — ${String(answer)}`;
}

/** The first rejected candidates of each reason; stops as soon as no more are wanted. */
function readRejected(path: string, counts: Readonly<Record<string, number>>) {
  const found = new Map<string, RejectedExample[]>();
  let wanted = sum(Object.values(counts), (n) => Math.min(n, mostShown));
  for (const record of readRecords(path, rejectedSchema.parse)) {
    if (wanted <= 0) break;
    if (record === null) continue;
    const its = found.get(record.reason) ?? [];
    found.set(record.reason, its);
    if (its.length === mostShown) continue;
    its.push(record);
    wanted -= 1;
  }
  return found;
}
