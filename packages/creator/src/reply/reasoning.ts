import { closing } from "./parse-relaxed.ts";

/** Thoughts that a model writes down before its answer. */
const thought = "(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad)";

/** Marks that begin thoughts: tags, Mistral's brackets, Kimi's triangles, special tokens, harmony's channels. */
const openings = [
  `<(?:[a-z]+:)?${thought}>`,
  String.raw`\[(?:THINK|THINKING|THOUGHT)\]`,
  `◁${thought}▷`,
  String.raw`<\|(?:begin_of_|start_)?${thought}\|>`,
  String.raw`<\|channel\|>(?!\s*final)`,
];

/** Marks after which the answer begins. */
const endings = [
  `</(?:[a-z]+:)?${thought}>`,
  String.raw`\[/(?:THINK|THINKING|THOUGHT)\]`,
  `◁/${thought}▷`,
  String.raw`<\|(?:end_of_|end_|/)${thought}\|>`,
  String.raw`<\|channel\|>\s*final[^\n]{0,60}?<\|message\|>`,
];

/** Harmony's channels where a server left out the special tokens. */
const bareHarmony = /^\s*analysis(?=[^a-z]).*?assistantfinal/s;

/** Matches a mark, a quote, an escape or a line's end. */
const token = new RegExp(
  String.raw`(?<ending>${endings.join("|")})|(?<opening>${openings.join("|")})|\\.|["'“”‘’\n]`,
  "gi",
);

/** Where thoughts begin or end. */
interface Mark {
  from: number;
  to: number;
  isOpening: boolean;
}

/**
 * Removes thoughts: some templates leave out the mark that opens them, a truncated reply the one that ends them. A mark
 * within a text of the answer's JSON stays.
 */
export function withoutReasoning(text: string): string {
  const harmony = bareHarmony.exec(text)?.[0].length ?? 0;
  let answer = "";
  let from = harmony;
  let isThought = false;
  for (const mark of findMarks(text)) {
    if (mark.from < from) continue;
    if (mark.isOpening) {
      if (!isThought) answer += text.slice(from, mark.from);
      isThought = true;
    } else {
      if (!isThought) answer = "";
      isThought = false;
    }
    from = mark.to;
  }
  return isThought ? answer : answer + text.slice(from);
}

/** Finds the marks that are not within a quoted text of JSON, which ends on its line. */
function* findMarks(text: string): Generator<Mark> {
  let quote = "";
  let inQuotes: Mark[] = [];
  let isThought = false;
  for (const { 0: one, index, groups } of text.matchAll(token)) {
    if (groups?.ending || groups?.opening) {
      if (one.startsWith("[") && one !== one.toUpperCase()) continue;
      const mark = { from: index, to: index + one.length, isOpening: Boolean(groups.opening) };
      if (quote !== "") inQuotes.push(mark);
      else {
        isThought = mark.isOpening;
        yield mark;
      }
      // Within thoughts nothing is quoted.
      if (isThought) quote = "";
    } else if (one === "\n") {
      yield* inQuotes;
      if (inQuotes.length > 0) isThought = inQuotes.at(-1)?.isOpening ?? false;
      inQuotes = [];
      quote = "";
    } else if (isThought || one.length > 1) {
      // Neither thoughts nor escapes open or close a text.
    } else if (quote === "") {
      if (beginsText(text, index)) quote = one;
    } else if (closing[quote]?.includes(one) && endsText(text, index)) {
      inQuotes = [];
      quote = "";
    }
  }
  yield* inQuotes;
}

/** Whether a quote stands where a text of JSON begins. */
function beginsText(text: string, quote: number): boolean {
  let at = quote - 1;
  while (at >= 0 && /\s/.test(text.charAt(at))) at -= 1;
  return at >= 0 && "{[,:".includes(text.charAt(at));
}

/** Whether a quote stands where a text of JSON ends. */
function endsText(text: string, quote: number): boolean {
  let at = quote + 1;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at >= text.length || ",:}]".includes(text.charAt(at));
}
