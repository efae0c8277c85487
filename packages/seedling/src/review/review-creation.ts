import { basename, dirname, join } from "node:path";
import { ExpectedError, parseExample, renderCount, reviewFile } from "@seedling/core/internal";
import {
  computeLabelAccuracy,
  drawBlindOrder,
  drawOptionOrder,
  readAuditAnswers,
} from "@seedling/creator/internal";
import { judgeAct } from "./judge-act.ts";
import { getShare, type ListedRow, listRows } from "./list-rows.ts";
import type { About, Calls, Detail, Done, Progress, Summary } from "./protocol.ts";
import { type Content, type ReviewRow, readReviewRows } from "./read-rows.ts";
import { openVerdicts } from "./verdicts.ts";

interface CreationReviewOptions {
  /** Examples to label without a sight of their labels. */
  sample: number;
  /** Draws them, and the order of options that vary. */
  seed: number;
  now: () => string;
  log: (line: string) => void;
}

/** The review of one creation, or of own texts, behind a page. */
export interface OpenReview {
  calls: Calls;
  /** What to print at the end. */
  end: () => string;
  close: () => void;
}

/** A beginning of a text, for a line of a list. */
export const shortenText = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/**
 * Opens the review of a creation: what it kept and rejected, with what was said of it before. Each act is a line of
 * `review.jsonl` at once.
 * @throws LockedError if another process reviews it; ExpectedError naming what is damaged
 */
export function openCreationReview(
  folder: string,
  { sample, seed, now, log }: CreationReviewOptions,
): OpenReview {
  const { created, rejected, labels, hash } = readReviewRows(folder);
  const rows = [...created, ...rejected];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const answered = readAuditAnswers(folder, hash);
  const verdicts = openVerdicts(folder, { now, log });
  const { said } = verdicts;
  const unknown = [...said].filter(([id, { state }]) => !byId.has(id) && state !== "open").length;
  // What earlier versions asked in the terminal says nothing of what is trained on.
  for (const [line, answer] of answered) {
    const row = created[line];
    const label = answer === null ? null : (row?.content?.options[answer] ?? null);
    if (row) verdicts.assume(row.id, label);
  }
  const order = drawBlindOrder(created.length, seed).slice(0, sample);
  const reviewed = new Map<string, ListedRow>();
  let listed: { key: string; rows: ReviewRow[] } | null = null;

  function getRow(id: string): ReviewRow {
    const row = byId.get(id);
    if (!row) throw new ExpectedError("expected an example of this creation");
    return row;
  }

  function getContent({ id, content }: ReviewRow): Content | null {
    const now = said.get(id)?.now;
    if (now === undefined) return content;
    const example = parseExample(now, `${join(folder, reviewFile)}, ${id}`);
    return { ...example, label: example.options[example.label] ?? "" };
  }

  function toReviewed(row: ReviewRow): ListedRow {
    const known = reviewed.get(row.id);
    if (known) return known;
    const content = getContent(row);
    const texts = content ? [content.question, content.context ?? ""] : [row.evidence];
    const made = {
      row,
      text: texts.join("\n").toLowerCase(),
      label: content?.label ?? null,
      state: said.get(row.id)?.state ?? "open",
    };
    reviewed.set(row.id, made);
    return made;
  }

  function forget(id: string): void {
    reviewed.delete(id);
    listed = null;
  }

  function toDetail(row: ReviewRow): Detail {
    const content = getContent(row);
    return {
      ...toSummary(row),
      question: content?.question ?? row.evidence,
      context: content?.context ?? null,
      options: content?.options ?? [],
      created: row.content?.label ?? null,
      depth: row.depth,
      notes: [...row.notes, ...describeAnswers(row)],
      isWhole: content !== null,
    };
  }

  function toSummary(row: ReviewRow): Summary {
    const { label, state } = toReviewed(row);
    const { id, from, number, reason, agreement, evidence, firstLabel } = row;
    const question = shortenText(getContent(row)?.question ?? evidence);
    const created = `the created label${firstLabel === null ? "" : `, ${shortenText(firstLabel)}`}`;
    const share =
      agreement && `${agreement.agreed} of ${agreement.asked} answers agree with ${created}`;
    return { id, from, number, question, label, state, reason, agreement: share };
  }

  function measure(): Progress {
    const counts = { reviewed: 0, changed: 0, deleted: 0, added: 0 };
    const answers: { created: string; answer: string | null }[] = [];
    for (const [id, { state, answer, now }] of said) {
      const row = byId.get(id);
      if (!row?.content) continue;
      if (answer !== undefined && row.from === "created")
        answers.push({ created: row.content.label, answer });
      if (state === "open") continue;
      if (row.from === "rejected") counts.added += state !== "deleted" && now !== undefined ? 1 : 0;
      else {
        counts.reviewed += 1;
        if (state !== "accepted") counts[state] += 1;
      }
    }
    const { accuracy, byLabel, skipped } = computeLabelAccuracy(answers);
    return { total: created.length, ...counts, accuracy, byLabel: labels ? byLabel : [], skipped };
  }

  const notices =
    unknown > 0
      ? [
          `${renderCount(unknown, "example")} of an earlier review are not in created.jsonl any more, as it was made anew: what was said of them is applied to nothing.`,
        ]
      : [];
  const about: About = {
    title: `Review of ${nameCreation(folder)}`,
    where: join(folder, reviewFile),
    kind: "creation",
    labels,
    reasons: countReasons(rejected),
    depth: rows.reduce<number | null>(
      (most, { depth }) => (depth === null ? most : Math.max(most ?? 0, depth)),
      null,
    ),
    hasAgreement: rows.some((row) => getShare(row) !== null),
    notices,
  };
  const finish = (row: ReviewRow | null, words: string): Done => ({
    row: row && toDetail(row),
    progress: measure(),
    said: words,
  });
  const calls: Calls = {
    about: () => ({ about, progress: measure() }),
    list({ filter, offset, limit }) {
      const key = JSON.stringify(filter);
      if (listed?.key !== key) listed = { key, rows: listRows(rows, toReviewed, filter) };
      const { rows: found } = listed;
      return { total: found.length, rows: found.slice(offset, offset + limit).map(toSummary) };
    },
    row: ({ id }) => toDetail(getRow(id)),
    act({ id, act }) {
      const row = getRow(id);
      const known = { row, content: getContent(row), before: said.get(id), labels };
      const { words, ...verdict } = judgeAct(act, known);
      verdicts.say(id, verdict, act.do === "edit");
      forget(id);
      return finish(row, words);
    },
    undo() {
      const id = verdicts.undo();
      if (id === null) return finish(null, "Nothing to undo since the review was opened");
      forget(id);
      return finish(getRow(id), "Undone");
    },
    blind() {
      const place = order.findIndex(
        (line) => said.get(created[line]?.id ?? "")?.answer === undefined,
      );
      const row = created[order[place] ?? -1];
      if (!row?.content) return null;
      const { question, context, options } = row.content;
      const shown = labels ?? drawOptionOrder(options, seed, row.number - 1);
      return { id: row.id, place: place + 1, of: order.length, question, context, options: shown };
    },
  };
  return {
    calls,
    end: () => renderEnd(measure(), join(folder, reviewFile)),
    close: verdicts.close,
  };
}

/** `tree of yesno_open-boolq (ab12cd34ef56)`, by the folders in a results folder. */
function nameCreation(folder: string): string {
  const setting = dirname(folder);
  return `${basename(setting)} of ${basename(dirname(setting))} (${basename(folder)})`;
}

function countReasons(rows: readonly ReviewRow[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { reason } of rows)
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}

function describeAnswers({ agreement, content }: ReviewRow): string[] {
  if (!agreement || !content) return [];
  const counts = agreement.answers.map((n, at): [string, number] => [content.options[at] ?? "", n]);
  const given = counts.filter(([, n]) => n > 0).map(([label, n]) => `${label} ${n}`);
  return [`Blind answers of the model: ${given.join(", ") || "none readable"}.`];
}

function renderEnd({ total, reviewed, changed, deleted, added, accuracy }: Progress, path: string) {
  const changes = changed + deleted + added;
  const percent = (one: number) => (100 * one).toFixed(1);
  const lines = [
    `${reviewed} of ${renderCount(total, "example")} reviewed, ${changes} changed (${changed} in text or label, ${deleted} deleted, ${added} rejected ones taken in): ${path}`,
    ...(accuracy
      ? [
          `Right labels in the blind sample: ${accuracy.right} of ${accuracy.n}, ${percent(accuracy.right / accuracy.n)} % (${percent(accuracy.low)} to ${percent(accuracy.high)}, exact 95 % interval)`,
        ]
      : []),
    ...(changes > 0
      ? ["The experiment's own command trains on them as they are now, in a row of its own."]
      : []),
  ];
  return lines.join("\n");
}
