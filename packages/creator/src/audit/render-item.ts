import { escapeControls, optionAt } from "@seedling/core/internal";
import type { Item } from "./blind-sample.ts";

/** An example as a person is asked for its answer: all but its label. @param place from 1 */
export function renderItem({ example, order }: Item, place: number, all: number): string {
  const { question, context, options } = example;
  const fields = [["Question", question], ...(context === null ? [] : [["Context", context]])];
  return [
    "",
    `${place} of ${all}`,
    ...fields.map(([name = "", text = ""]) => `  ${name.padEnd(10)}${renderLines(text, 12)}`),
    ...order.map(
      (option, i) => `  ${`${i + 1}`.padStart(8)}  ${renderLines(optionAt(options, option), 12)}`,
    ),
  ].join("\n");
}

/** What can be answered. */
export function renderPrompt({ order }: Item): string {
  return `1 to ${order.length}, s (can't tell), b (back), q (stop) > `;
}

/** A model's text keeps its lines, longer ones than messages may have in several, but nothing else that a terminal acts on. */
function renderLines(text: string, indent: number): string {
  return text
    .split(/\r?\n/)
    .flatMap((line) => escapeControls(line).match(/.{1,1500}/gu) ?? "")
    .join(`\n${" ".repeat(indent)}`);
}
