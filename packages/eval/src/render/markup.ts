/** Text that is HTML already: made by `html`, or by this program (a bundled script). All else that is shown gets escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: texts are escaped, lists are joined, nothing is shown of what is absent. */
export type Insert = string | number | Markup | null | undefined | false | readonly Insert[];

/** HTML from a template. Whatever is inserted is data, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  const parts = strings.map((string, i) => string + toText(inserts[i]));
  return new Markup(parts.join(""));
}

function toText(insert: Insert): string {
  if (insert === null || insert === undefined || insert === false) return "";
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === "number") return String(insert);
  return typeof insert === "string" ? escapeHtml(insert) : insert.map(toText).join("");
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that HTML does not allow, and those that reorder what is read, become a visible mark. */
function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? "")
    .replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu, "\ufffd");
}
