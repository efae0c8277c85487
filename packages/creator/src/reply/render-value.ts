/**
 * The beginning of a parsed value as JSON. What lies beyond is not looked at, so that neither depth
 * nor size costs anything.
 * @param length in UTF-16 units
 */
export function renderValue(value: unknown, length: number): string {
  let text = "";
  const add = (one: unknown) => {
    if (typeof one === "string") text += JSON.stringify(one.slice(0, length));
    else if (one === null || typeof one !== "object") text += String(one);
    else if (Array.isArray(one)) addEach("[", one.entries(), "]");
    else addEach("{", Object.entries(one), "}");
  };
  const addEach = (opening: string, entries: Iterable<[string | number, unknown]>, end: string) => {
    let before = opening;
    for (const [key, one] of entries) {
      if (text.length >= length) return;
      text += before + (opening === "{" ? `${JSON.stringify(key)}:` : "");
      add(one);
      before = ",";
    }
    text += before === opening ? opening + end : end;
  };
  add(value);
  return text.slice(0, length);
}
