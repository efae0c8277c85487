import { join } from "node:path";
import {
  createExampleParser,
  ExpectedError,
  lockFolder,
  parseRows,
  quote,
  readTextInside,
  renderCount,
  sha256,
  toAnswer,
  toRecord,
  writeAtomic,
} from "@seedling/core/internal";
import { type ListedRow, listRows } from "./list-rows.ts";
import type { About, Calls, Detail, Done, Progress, Summary } from "./protocol.ts";
import type { Content, ReviewRow } from "./read-rows.ts";
import type { OwnText, TextTask } from "./read-texts.ts";
import { type OpenReview, shortenText } from "./review-creation.ts";

/** From how many labelled texts on a figure says something. */
const enoughTexts = 50;

/**
 * Opens a person's own texts to be labelled as the test split of a task. Each label is in `test.jsonl` at once; a line
 * that stands there stays as it is, unless the person labels that very text anew.
 * @param texts each once
 * @throws LockedError if another process labels for this task; ExpectedError naming a damaged line
 */
export function openTextReview(texts: readonly OwnText[], task: TextTask): OpenReview {
  const path = join(task.folder, "test.jsonl");
  const rows = new Map(texts.map((text, at) => [toId(text), toRow(text, at + 1)]));
  let written = readTextInside(path) ?? "";
  const lines = readTestLines(written, path, task);
  const unlock = lockFolder(task.folder, "review.lock.json");
  const undoable: { id: string; before: string | null }[] = [];
  // Of two lines of one text the first counts.
  const indexLines = () => new Map(lines.toReversed().map(({ id, label }) => [id, label]));
  let labelled = indexLines();
  const getLabel = (id: string) => labelled.get(id) ?? null;

  function getRow(id: string): ReviewRow {
    const row = rows.get(id);
    if (!row) throw new ExpectedError("expected one of the texts");
    return row;
  }

  /** @param label null: none any more */
  function setLabel(row: ReviewRow, label: string | null): void {
    const { question, context, options } = row.content as Content;
    if (label !== null && !options.includes(label))
      throw new ExpectedError(`expected one of the labels, got ${quote(label)}`);
    if ((readTextInside(path) ?? "") !== written)
      throw new ExpectedError(`${path} was changed by another program: start the review again`);
    const at = lines.findIndex(({ id }) => id === row.id);
    const example = {
      question,
      context,
      options: [...options],
      label: options.indexOf(label ?? ""),
    };
    const made =
      label === null ? [] : [{ id: row.id, label, text: JSON.stringify(toRecord(example)) }];
    lines.splice(at < 0 ? lines.length : at, at < 0 ? 0 : 1, ...made);
    const text = lines.map((line) => `${line.text}\n`).join("");
    writeAtomic(path, text);
    written = text;
    labelled = indexLines();
  }

  const toReviewed = (row: ReviewRow): ListedRow => {
    const label = getLabel(row.id);
    const { question = "", context = null } = row.content ?? {};
    const text = `${question}\n${context ?? ""}`.toLowerCase();
    return { row, text, label, state: label === null ? "open" : "accepted" };
  };

  function toSummary(row: ReviewRow): Summary {
    const { label, state } = toReviewed(row);
    const { id, from, number, content } = row;
    const question = shortenText(content?.question ?? "");
    return { id, from, number, question, label, state, reason: null, agreement: null };
  }

  function toDetail(row: ReviewRow): Detail {
    const { question, context, options } = row.content as Content;
    const known = { created: null, depth: null, notes: [], isWhole: true };
    return { ...toSummary(row), question, context, options, ...known };
  }

  const countLabelled = () => [...rows.keys()].filter((id) => labelled.has(id)).length;
  const measure = (): Progress => ({
    ...{ total: rows.size, reviewed: countLabelled(), changed: 0, deleted: 0, added: 0 },
    ...{ accuracy: null, byLabel: [], skipped: 0 },
  });
  const finish = (row: ReviewRow | null, said: string): Done => ({
    row: row && toDetail(row),
    progress: measure(),
    said,
  });
  const about: About = {
    title: `Test texts of ${task.name}`,
    where: path,
    kind: "texts",
    labels: task.labels,
    ...{ reasons: [], depth: null, hasAgreement: false, notices: [] },
  };
  const all = [...rows.values()];
  const calls: Calls = {
    about: () => ({ about, progress: measure() }),
    list({ filter, offset, limit }) {
      const found = listRows(all, toReviewed, filter);
      return { total: found.length, rows: found.slice(offset, offset + limit).map(toSummary) };
    },
    row: ({ id }) => toDetail(getRow(id)),
    act({ id, act }) {
      const row = getRow(id);
      const before = getLabel(id);
      if (act.do !== "label" && act.do !== "delete")
        throw new ExpectedError("expected a label: own texts stay as they are");
      const label = act.do === "label" ? act.label : null;
      setLabel(row, label);
      undoable.push({ id, before });
      return finish(row, label === null ? "No label any more" : `Labelled ${label}`);
    },
    undo() {
      const last = undoable.pop();
      if (!last) return finish(null, "Nothing to undo since the review was opened");
      const row = getRow(last.id);
      setLabel(row, last.before);
      return finish(row, "Undone");
    },
    blind: () => null,
  };
  return {
    calls,
    end: () => renderEnd(countLabelled(), rows.size, lines.length, path),
    close: unlock,
  };
}

interface TestLine {
  id: string;
  label: string;
  /** As it stands. */
  text: string;
}

function readTestLines(text: string, path: string, { labels, columns }: TextTask): TestLine[] {
  const lines = text.split("\n");
  const parse = createExampleParser(labels);
  return Array.from(parseRows(text, path, { columns }), ({ value, where, number }) => {
    const example = parse(value, where);
    return { id: toId(example), label: toAnswer(example), text: lines[number - 1] ?? "" };
  });
}

function toId({ question, context }: OwnText): string {
  return `text:${sha256(JSON.stringify([question, context])).slice(0, 16)}`;
}

function toRow(text: OwnText, number: number): ReviewRow {
  return {
    id: toId(text),
    from: "text",
    number,
    content: { ...text, label: "" },
    ...{ firstLabel: null, evidence: "", reason: null, depth: null, agreement: null, notes: [] },
  };
}

function renderEnd(labelled: number, total: number, all: number, path: string): string {
  const count = `${labelled} of ${renderCount(total, "text")} labelled, ${renderCount(all, "test example")} in ${path}`;
  const advice =
    all < enoughTexts
      ? `Label ${enoughTexts} or more: the accuracy on real texts is the only one to trust, and on fewer it says little.`
      : "The experiment's own command tests on them: the only accuracy to trust.";
  return `${count}\n${advice}`;
}
