/** What a label means, in the user's words, by the labels that have a description; null: none has. */
export type Descriptions = Readonly<Record<string, string>> | null;

/** The text by which an encoder knows a label: its description, else its name in lower case, `_` and `-` as blanks. */
export function toNameText(label: string, descriptions: Descriptions): string {
  const description = Object.hasOwn(descriptions ?? {}, label) ? descriptions?.[label] : undefined;
  return description ?? label.replace(/[_-]+/g, " ").trim().toLowerCase();
}

/** Labels that name no topic: answers, numbers and single letters. */
const empty = /^(true|false|yes|no|y|n|t|f|[+-]?[\d.,]+|\p{L})$/iu;

/** Whether the names or descriptions of labels say what each is about. */
export function areNamesTelling(labels: readonly string[], descriptions: Descriptions): boolean {
  return labels.every(
    (label) => Object.hasOwn(descriptions ?? {}, label) || !empty.test(label.trim()),
  );
}
