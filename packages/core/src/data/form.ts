import type { Example } from "./example.ts";

/** How a task's examples look: what prompts, candidates and heads go by. */
export interface Form {
  /** fixed: every example has the same options; varying: its own. */
  options: "fixed" | "varying";
  /** Options of an example. */
  optionCount: number;
  /** The texts of fixed options, in the order of a classifier's classes; null: they vary. */
  labels: readonly string[] | null;
  /** Whether every example has a context. */
  context: boolean;
}

/** A form in words, such as `2 options ["True", "False"] and a context`. */
export function renderForm({ optionCount, labels, context }: Form): string {
  const texts = labels ? ` ${renderTexts(labels)}` : "";
  return `${optionCount} options${texts}${context ? " and a context" : ""}`;
}

/** Texts as a list in JSON, with a space after each comma. */
export function renderTexts(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
}

/** Whether an example is of a form. Fixed options may stand in any order. */
export function isOfForm({ options, context }: Example, form: Form): boolean {
  if (options.length !== form.optionCount || (form.context && context === null)) return false;
  return form.labels?.every((label) => options.includes(label)) ?? true;
}

/** Whether a classifier of one form can answer another's examples: each has the same labels, or none. */
export function canAnswer({ labels }: Form, other: Form): boolean {
  if (labels === null || other.labels === null) return labels === other.labels;
  return labels.length === other.labels.length && labels.every((l) => other.labels?.includes(l));
}
