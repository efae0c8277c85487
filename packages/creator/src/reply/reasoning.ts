import { closing } from "./parse-relaxed.ts";

/** Thoughts that a model writes down before its answer. */
const thought = "(?:(?:ant)?think(?:ing)?|thoughts?|reasoning|reflection|scratch_?pad)";

/** Tags that may also stand elsewhere: only their own openings and endings belong together. */
const others =
  "(?:analysis|plan(?:ning)?|(?:inner_)?monologue|inner_thoughts?|(?:thought|thinking)_process|reason|cot|chain_of_thought|brainstorm(?:ing)?)";
const ownName = new RegExp(`details|inner_(?:pre|suf)fix|(?<=[<;/\\s])${others}(?=[\\s>&])`, "i");

const tag = (name: string) => `(?:<|&lt;)\\s?${name}\\s?(?:>|&gt;)`;

/** Marks that begin thoughts: tags, Mistral's brackets, Kimi's triangles, special tokens, harmony's channels. */
const openings = [
  tag(String.raw`(?:(?:[a-z]+:)?${thought}|${others})(?:\s[^<>&]{0,200})?`),
  `<details type=["']reasoning["'][^<>]{0,200}>`,
  String.raw`\[(?:THINK|THINKING|THOUGHT|REASONING)\]`,
  `◁${thought}▷`,
  String.raw`<\|(?:begin_of_|start_)?${thought}\|>`,
  String.raw`<\|channel\|?>(?!\s*final)`,
  String.raw`<\|inner_prefix\|>|<unused94>`,
];

/** Marks after which the answer begins. */
const endings = [
  tag(String.raw`/\s?(?:(?:[a-z]+:)?${thought}|${others}|details)`),
  String.raw`\[/(?:THINK|THINKING|THOUGHT|REASONING)\]`,
  `◁/${thought}▷`,
  String.raw`<\|(?:end_of_|end_|/)${thought}\|>`,
  String.raw`<\|channel\|>\s*final[^\n]{0,60}?<\|message\|>|<channel\|>`,
  String.raw`<\|begin\|>\s*assistant\s*<\|content\|>|<\|inner_suffix\|>|<unused95>`,
];

/** Harmony's channels where a server left out the special tokens. */
const bareHarmony = /^\s*analysis(?=[^a-z]).*?assistantfinal/s;

/** Marks, and escapes, since an escaped mark is none. */
const marks = String.raw`(?<ending>${endings.join("|")})|(?<opening>${openings.join("|")})|\\.`;
const mark = new RegExp(marks, "gi");

/** Matches what every mark begins with: most replies have none. */
const markStart = /[<◁]|&lt;|\[\/?[TR]/i;

/** The texts of JSON, by their quotes: what ends one is on its line, before the next token. */
const texts = Object.entries(closing).map(
  ([quote, ends]) => String.raw`(?<=${quote})(?:\\.|[^\\\n])*?[${ends}](?=\s*(?:[,:}\]]|$))`,
);

/** Matches a mark, a whole text where one may begin, or what follows a stray quote there on its line. */
const token = new RegExp(
  String.raw`${marks}|[${Object.keys(closing).join("")}](?<=[{[,:]\s*.)(?:${texts.join("|")}|(?<stray>.*))`,
  "gi",
);

/**
 * Removes thoughts: some templates leave out the mark that opens them, a truncated reply the one that ends them. A mark
 * within a text of the answer's JSON stays; within thoughts nothing is quoted.
 */
export function withoutReasoning(text: string): string {
  let from = bareHarmony.exec(text)?.[0].length ?? 0;
  if (!markStart.test(text)) return text.slice(from);
  let answer = "";
  let isThought = false;
  let own = "";
  for (let at = from; ; ) {
    const pattern: RegExp = isThought ? mark : token;
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) break;
    at = pattern.lastIndex;
    const stray = found.groups?.stray;
    mark.lastIndex = 0;
    for (const { 0: one, index, groups } of stray ? stray.matchAll(mark) : [found]) {
      if (!groups?.opening && !groups?.ending) continue;
      if (one.startsWith("[") && one !== one.toUpperCase()) continue;
      const name = nameOf(one);
      if (groups.ending && name !== "" && name !== own) continue;
      const begin = stray ? at - stray.length + index : index;
      if (groups.opening && !isThought) answer += text.slice(from, begin);
      else if (groups.ending && !isThought) answer = "";
      if (groups.ending) own = "";
      else if (!isThought) own = name;
      isThought = Boolean(groups.opening);
      from = begin + one.length;
    }
  }
  return isThought ? answer : answer + text.slice(from);
}

/** Returns the name of a mark if the ending of this name ends only what an opening of it began; "" for other marks. */
function nameOf(one: string): string {
  const [name = ""] = ownName.exec(one) ?? [];
  return name.toLowerCase().replace(/_(?:pre|suf)fix/, "");
}
