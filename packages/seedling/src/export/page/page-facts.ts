import type { GraphReading, HeadShape, RunnableFacts } from "@seedling/trainer/internal";

/** What the page's script is told, as JSON in the page. */
export interface PageFacts extends RunnableFacts {
  /** The bytes of each file that is packed in the page, unpacked, by its name. */
  files: Readonly<Record<string, number>>;
  /** Where it gives no label, and what that promises; null: there is always one. */
  threshold: { value: number; promise: string } | null;
  /** null: the file is not of that kind. */
  reading: GraphReading | null;
  head: HeadShape | null;
  examples: readonly PageExample[];
}

/** An example to be tried, with the label that the data gives it. */
export interface PageExample {
  question: string;
  context: string | null;
  options: readonly string[];
  label: string;
}
