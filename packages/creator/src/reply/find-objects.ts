/**
 * Finds the JSON objects in a text, whatever surrounds them, in one pass over it. An object that
 * is never closed ends where the next one begins, or at the text's end. A string ends at a line
 * feed at the latest (JSON allows none inside), so a stray quote spoils no more than its line.
 * @returns the outermost objects' texts, balanced or not
 */
export function findObjects(text: string): string[] {
  const found: string[] = [];
  const open: string[] = [];
  let start = 0;
  let inString = false;
  let before = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (inString) {
      if (char === "\\") i += 1;
      else if (char === '"' || char === "\n") inString = false;
      continue;
    }
    if (/\s/.test(char)) continue;
    if (char === "{") {
      const unclosed = open.at(-1) === "{" && before !== ":";
      if (unclosed) {
        found.push(text.slice(start, i));
        open.length = 0;
      }
      if (open.length === 0) start = i;
      open.push(char);
    } else if (open.length > 0) {
      if (char === '"') inString = true;
      else if (char === "[") open.push(char);
      else if (char === "]" && open.at(-1) === "[") open.pop();
      else if (char === "}") {
        open.length = open.lastIndexOf("{");
        if (open.length === 0) found.push(text.slice(start, i + 1));
      }
    }
    before = char;
  }
  if (open.length > 0) found.push(text.slice(start));
  return found;
}
