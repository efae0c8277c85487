import { escapeControls } from "@seedling/core/internal";
import type { AuditFile } from "./audit-file.ts";
import type { Item } from "./blind-sample.ts";
import { renderItem, renderPrompt } from "./render-item.ts";

/** Where a person is asked. */
export interface Person {
  say: (text: string) => void;
  /** One line; null: there is no more. */
  ask: (prompt: string) => Promise<string | null>;
}

/** Asks a person for the answers that are missing, until all are there or the person stops. */
export async function labelItems(
  items: readonly Item[],
  { answers, append }: Pick<AuditFile, "answers" | "append">,
  person: Person,
): Promise<void> {
  const toNext = () => items.findIndex(({ line }) => !answers.has(line));
  let place = toNext();
  for (let item = items[place]; item; item = items[place]) {
    person.say(renderItem(item, place + 1, items.length));
    const reply = await askUntilValid(item, person);
    if (reply === "stop") return;
    if (reply === "back") place = Math.max(0, place - 1);
    else {
      append(item.line, reply);
      place = toNext();
    }
  }
}

/** @returns the option's index, null for one that the person cannot tell, or where to go */
async function askUntilValid(
  item: Item,
  { say, ask }: Person,
): Promise<number | null | "back" | "stop"> {
  for (;;) {
    const said = (await ask(renderPrompt(item)))?.trim().toLowerCase();
    if (said === undefined || said === "q") return "stop";
    if (said === "b") return "back";
    if (said === "s") return null;
    const option = /^\d+$/.test(said) ? item.order[Number(said) - 1] : undefined;
    if (option !== undefined) return option;
    const got = escapeControls(said) || "nothing";
    say(`Expected 1 to ${item.order.length}, s, b or q, got ${got}.`);
  }
}
