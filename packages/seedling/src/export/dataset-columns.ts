import type { KeptRow, RejectedRow } from "./dataset-rows.ts";
import type { DatasetColumn } from "./dataset-table.ts";

/** What the columns of a data set depend on. */
export interface DatasetShape {
  /** null: each example has its own options. */
  labels: readonly string[] | null;
  hasContext: boolean;
}

/** The columns of the kept examples. */
export function listKeptColumns({ labels, hasContext }: DatasetShape): DatasetColumn<KeptRow>[] {
  return [
    {
      ...{ name: "question", type: "text", about: "the text that is labelled" },
      value: ({ content }) => content.question,
    },
    ...(hasContext ? [contextColumn] : []),
    ...(labels ? [] : [optionsColumn]),
    {
      name: "label",
      type: labels ? "label" : "text",
      ...(labels && { names: labels }),
      about: labels ? "the label" : "the right one of the options",
      value: ({ content }) => content.label,
    },
    {
      ...{ name: "created_label", type: "text" },
      about: "the label that the language model wrote, before relabelling and review",
      value: ({ created }) => created,
    },
    {
      ...{ name: "agreement", type: "number" },
      about: "the fraction of the model's own blind answers that agree with created_label",
      value: ({ agreement }) => agreement,
    },
    {
      ...{ name: "review", type: "text" },
      about:
        "what a person said of it: open (nothing), accepted, changed, or taken in (it was rejected before)",
      value: ({ review }) => review,
    },
    depthColumn,
    idColumn,
  ];
}

/** The columns of the rejected candidates. */
export function listRejectedColumns(shape: DatasetShape): DatasetColumn<RejectedRow>[] {
  return [
    {
      ...{ name: "reason", type: "text", about: "why it was not kept" },
      value: ({ reason }) => reason,
    },
    {
      ...{ name: "question", type: "text", about: "its text, where it was whole" },
      value: ({ content }) => content?.question ?? null,
    },
    ...(shape.hasContext ? [contextColumn] : []),
    ...(shape.labels ? [] : [optionsColumn]),
    {
      ...{ name: "answer", type: "text", about: "its label as it was written, which may be none" },
      value: ({ content }) => content?.label ?? null,
    },
    {
      ...{ name: "evidence", type: "text", about: "what the reason was seen by, or what was read" },
      value: ({ evidence }) => evidence,
    },
    depthColumn,
    idColumn,
  ];
}

type EitherRow = KeptRow | RejectedRow;

const contextColumn: DatasetColumn<EitherRow> = {
  ...{ name: "context", type: "text", about: "the passage that the question is asked about" },
  value: ({ content }) => content?.context ?? null,
};

const optionsColumn: DatasetColumn<EitherRow> = {
  ...{ name: "options", type: "texts", about: "what is chosen from" },
  value: ({ content }) => content?.options ?? null,
};

const depthColumn: DatasetColumn<EitherRow> = {
  ...{ name: "depth", type: "whole" },
  about: "requests between the formatting example and it",
  value: ({ depth }) => depth,
};

const idColumn: DatasetColumn<EitherRow> = {
  ...{ name: "id", type: "text", about: "its name in Seedling: a hash of its content" },
  value: ({ id }) => id,
};
