// What the page asks and the process answers, as JSON. Types alone: the page's script reads them, too.

/** Where an example stands: kept by the creation, rejected by it, or in a person's own file of texts. */
export type From = "created" | "rejected" | "text";

/** What was said of an example. Of an own text `accepted` means labelled. */
export type State = "open" | "accepted" | "changed" | "deleted";

/** What is known before anything is chosen. */
export interface About {
  title: string;
  /** The folder or file that is written to. */
  where: string;
  kind: "creation" | "texts";
  /** The labels, if they are the same everywhere; null: each example has its own options. */
  labels: readonly string[] | null;
  /** Reasons of rejections with their counts, the commonest first. */
  reasons: readonly (readonly [reason: string, count: number])[];
  /** The deepest example; null: depths are not known. */
  depth: number | null;
  /** Whether blind answers of a model are known. */
  hasAgreement: boolean;
  /** What must be known before reviewing; empty: nothing. */
  notices: readonly string[];
}

/** Which examples are listed; what is empty lets all through. */
export interface Filter {
  search: string;
  from: From | "";
  label: string;
  reason: string;
  agreement: "" | "all" | "some" | "half" | "none" | "unknown";
  /** A number. */
  depth: string;
  state: State | "";
  order: "" | "agreement";
}

/** A line of the list. */
export interface Summary {
  id: string;
  from: From;
  /** Its line in its file, from 1. */
  number: number;
  /** Its beginning. */
  question: string;
  label: string | null;
  state: State;
  reason: string | null;
  /** Such as `2 of 3 answers agree with the created label`: the one before `--relabel`, which is named then, and before a review. */
  agreement: string | null;
}

/** An example with all that is known of it. */
export interface Detail extends Summary {
  context: string | null;
  options: readonly string[];
  /** The label as the model wrote it. */
  created: string | null;
  depth: number | null;
  /** Further sentences, such as why it was rejected. */
  notes: readonly string[];
  /** Whether it can be accepted, labelled and edited: of some rejections there is only a part. */
  isWhole: boolean;
}

/** Right labels among those that were answered without a sight of them; fractions in [0, 1]. */
export interface Accuracy {
  n: number;
  right: number;
  /** Clopper and Pearson's interval, 95 %. */
  low: number;
  high: number;
}

/** How far a review is. */
export interface Progress {
  /** Created examples, or texts. */
  total: number;
  /** Those of which something is said. */
  reviewed: number;
  changed: number;
  deleted: number;
  /** Rejected examples that were taken in. */
  added: number;
  /** null: nothing was answered blind. */
  accuracy: Accuracy | null;
  /** By created label, where labels are the same everywhere. */
  byLabel: readonly (readonly [label: string, accuracy: Accuracy])[];
  /** Answered blind by "cannot tell". */
  skipped: number;
}

/** An example of the blind sample, without its label. */
export interface Blind {
  id: string;
  /** From 1. */
  place: number;
  of: number;
  question: string;
  context: string | null;
  /** In the order in which they are shown. */
  options: readonly string[];
}

/** What a person does to an example. */
export type Act =
  | { do: "accept" }
  | { do: "delete" }
  | { do: "label"; label: string }
  | { do: "edit"; question: string; context: string | null }
  /** null: cannot tell. */
  | { do: "answer"; label: string | null };

/** What came of it. */
export interface Done {
  /** null: there was nothing to undo. */
  row: Detail | null;
  progress: Progress;
  /** In words. */
  said: string;
}

/** What can be asked, by name. */
export interface Calls {
  about: (request: Record<string, never>) => { about: About; progress: Progress };
  list: (request: { filter: Filter; offset: number; limit: number }) => {
    total: number;
    rows: Summary[];
  };
  row: (request: { id: string }) => Detail;
  act: (request: { id: string; act: Act }) => Done;
  undo: (request: Record<string, never>) => Done;
  /** null: the sample is answered, or there is none. */
  blind: (request: Record<string, never>) => Blind | null;
}
