import { toComparable } from "@seedling/core/internal";
import { foldHyphens, rememberOptions } from "./match-option.ts";

/** What joins two options in scripts that put no space between them. */
const joint = "还是|還是|或者?|또는|아니면|혹은|이나|[과와和与及跟か/、]";

/** Matches what stands before an option that is named, but not chosen: negating words and prefixes, and conditions. */
const doubtBefore = new RegExp(
  String.raw`(?:\b(?:not?|never|nor|neither|none|nothing|cannot|isnt|whether|if|than|instead of|without|hardly|barely|scarcely|rarely|seldom|lack(?:s|ing|of)?|absence of|free (?:of|from)|devoid of|far from|anything but|opposite of|fails to|den(?:y|ies)|unlikely|doubt(?:s|ful)?|(?:wrong|incorrect|inaccurate|unfair|mistaken?|misleading|stretch|exaggeration) to|non|anti|pseudo|quasi)\b|n't\b)[^.!?,;:]{0,50}$|\bor (?:an? |the )?$|\b(?:partly|partially|half|semi|almost|nearly|borderline) $|(?:^\W*|\b(?:is|are|was|be|as) )(?:un|dis|mis) $` +
    // Chinese, Korean and Japanese: the whole clause, or what joins two options.
    String.raw`|(?:不(?![仅但管过])|非(?!常)|没|沒|无(?![疑论误])|無|未(?!来)|(?<!\p{L})안 |못)[^.!?,;。、]*$|既(?![然不非没])(?:(?!而是|因此|所以|总|但)[^.!;。])*$|(?:也|又|还|還)有[^.!,;。、]{0,4}$|면서도? ?$|(?:${joint}|(?<!\p{L})비)\s*$`,
  "u",
);

/** Matches what stands behind such an option. */
const doubtBehind = new RegExp(
  String.raw`^(?:['"*)]* (?:is|are|was|were|seems?|does|would|can|could|be)(?:n't| not| never| hardly|(?: be)? (?:wrong|incorrect|inaccurate|unfair|unlikely))\b| free\b| or\b|[,.]? (?:and|but)(?: also)? (?:yes|no)\b\W*$| in part\b| to (?:some|a certain) (?:extent|degree)\b| of (?:it|this|that|the (?:text|comment|post|tweet|message|review|sentence|content))\b(?! appl| fit)|\s*(?:${joint})|[^.!,;。、]{0,6},?(?:也|又|还|還|皆|都|兼)有|적?이(?:면서|기도)|でもあ|[^.!,;。、?]*\?(?!\W*(?:yes|yeah|yep|absolutely|definitely|certainly|indeed|of course|sure|correct|it is|it does)\b)|[^.!,;。、]*(?:吗|않|아니|아닙|아닌|없|ない|ません))`,
  "u",
);

const nouns =
  "(?:answer|option|choice|rating|score|label|grade|class|category|sentiment|verdict|classification|prediction)";

/** Matches what stands before an option that is chosen, whatever others are named. */
const choice = new RegExp(String.raw`\b${nouns}(?: is| would be|:|\W{1,3}:)\W{0,3}$`);

/** Matches what stands before an option that sums up what was weighed. */
const summary =
  /\b(?:overall|in (?:sum|short|conclusion)|all in all|on balance)(?:[,:]|,? (?:it|this|the \w+) (?:is|was))\W{0,3}$/;

/** Matches a lesser degree before an option, which is another where options are degrees. */
const lesser =
  /\b(?:somewhat|slightly|mildly|moderately|marginally|vaguely|a (?:bit|little)|(?:kind|sort) of) $/;

/** Matches a negation and no more, of an option or none. */
const bareNegation = /^(?:not?|non|un) ?$/;

/** Matches what takes back the sentence before it. */
const turn = /\b(?:but|however|wait|actually|correction|on (?:the other hand|second thought))\b/;

/** Matches what a statement of the answer may begin with. */
const lead = new RegExp(
  String.raw`^\W*(?:(?:the |my )?(?:(?:correct|right|best|final) )?${nouns}(?: is| would be)?\s*[:=]?\s+|(?:it|this|that)(?: is|'s) |(?:正确)?答案(?:是|为|:)\s*|(?:정답|답)[은:]\s*|答えは)`,
);

/** Scripts that put no space between a label and what joins it. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]$/u;

/** What may follow a label at a sentence's end, and that end. */
const sentenceEnd = String.raw`(?:的|적(?:입니다|이다|임)?|입니다|이다|이에요|예요|임|です|だ|である)?["'”’」』)]*\s*(?:[.!,;。]|$)`;

/** Matches a number out of another, as 4/5, and a scale, as 1 to 5. */
const share =
  /(?<![\d.])(\d{1,9}(?:\.\d{1,9})?)(?: (?:stars?|points?))? ?\(?(?:\/|out of|of) ?(\d{1,9})(?!\d)/g;
const scale =
  /(?:scale of )?(?<!\d)\d{1,9} ?(?:[-–]|to|through) ?\d{1,9}(?!\d)|(?:scale of|满分|만점) ?\d{1,9}|(?<!\d)\d{1,9}점 ?만점/g;

/** An option where a text names it. */
interface Named {
  option: number;
  before: string;
  after: string;
  /** Whether it counts by itself: `a` may be an article, unless it is all that a sentence begins with. */
  alone: boolean;
  /** Whether it is all of the first sentence, and no later one takes it back. */
  first: boolean;
  /** Whether another option is a degree of it, as `very good` of `good`. */
  graded: boolean;
}

/** Finds the option that sentences choose: after `the answer is`, else the only one they name. */
export function findInProse(text: string, options: readonly string[]): number | null {
  const named = findNamed(fold(text, options), options).filter((one) => !isDoubted(one));
  const chosen = named.filter(({ before }) => choice.test(before));
  const alone = named.filter((one) => one.alone);
  const sums = alone.filter(({ before }) => summary.test(before));
  const others = alone.filter(({ before }) => /[.!:] ["'*(]*$/.test(before));
  const first = others.every(({ after }) => /^ /.test(after))
    ? alone.filter((one) => one.first)
    : [];
  const meant = [chosen, sums, first, alone].find((some) => some.length > 0);
  const all = meant ?? named.filter(({ option }) => isLong(options[option]));
  return findOnly(all.map(({ option }) => option));
}

/** Finds the option that the whole of a text states: what follows it can only explain it. */
export function findInStatement(text: string, options: readonly string[]): number | null {
  const named = findNamed(fold(text, options).replace(lead, ""), options);
  const [first] = named;
  if (!first || /[\p{L}\p{N}]/u.test(first.before)) return null;
  if (!/^["'*)\]]*(?:\s*[.,;:!(–-]|$)/.test(first.after)) return null;
  if (/\b(?:not|never|no|but|only|hardly|unless|except)\b|n't\b/.test(first.after)) return null;
  return findOnly(named.filter((one) => !isDoubted(one)).map(({ option }) => option));
}

function isDoubted({ before, after, graded }: Named): boolean {
  return doubtBefore.test(before) || doubtBehind.test(after) || (graded && lesser.test(before));
}

/** Whether a label without spaces round it is long enough to be named anywhere. */
function isLong(option = ""): boolean {
  return unspaced.test(option) && option.length > 1;
}

/** Returns the one value that all of them are; null if there is none, or several. */
export function findOnly(values: readonly (number | null)[]): number | null {
  const [first, ...others] = new Set(values);
  return others.length === 0 ? (first ?? null) : null;
}

/** Folds case, kinds of quotes and hyphens, and white space; a line ends a sentence. Of numbers the scale is left out. */
function fold(text: string, options: readonly string[]): string {
  const folded = foldOption(text);
  if (!options.every((option) => /^\d+$/.test(option))) return folded;
  const highest = Math.max(...options.map(Number));
  return folded
    .replace(share, (_, n: string, of: string) => (Number(of) === highest ? n : ""))
    .replace(/(?<![\d.])(\d{1,9})\.0{1,9}(?![\d.])/g, "$1")
    .replace(scale, "");
}

function foldOption(text: string): string {
  const plain = toComparable(text, "NFKC")
    .toLowerCase()
    .trim()
    .replace(/[‘’`]/g, "'")
    .replace(/[“”]/g, '"')
    // Alone these are words of other languages.
    .replace(/(?<![\p{L}\p{N}])(?:un|in|im|il|ir|dis|mis)[-_‐‑–](?=\p{L})/gu, "non-")
    .replace(/\s+/g, (space) => (space.includes("\n") ? ". " : " "));
  return foldHyphens(plain);
}

/** Strips a folded option to what stands from its first letter or digit to the last one. */
function strip(option: string): string {
  return /(?:-(?=\p{N}))?[\p{L}\p{N}](.*[\p{L}\p{N}])?/su.exec(foldOption(option))?.[0] ?? "";
}

/** Whether a word is another with a degree before or behind it, such as `very good` of `good`. */
function isDegree(one: string, word: string): boolean {
  return one.includes(word) && one !== word && !bareNegation.test(one.replace(word, ""));
}

/** Options from their first letter to their last one, and these words by their length. */
interface StrippedOptions {
  /** The options that each word is, by the first position of their text. */
  indices: Map<string, number[]>;
  lengths: readonly [length: number, words: Set<string>][];
}

const stripAll = rememberOptions((options): StrippedOptions => {
  const indices = new Map<string, number[]>();
  const lengths = new Map<number, Set<string>>();
  const seen = new Set<string>();
  for (const [i, option] of options.entries()) {
    if (seen.has(option)) continue;
    seen.add(option);
    const word = strip(option);
    if (word === "") continue;
    indices.set(word, [...(indices.get(word) ?? []), i]);
    lengths.set(word.length, (lengths.get(word.length) ?? new Set()).add(word));
  }
  return { indices, lengths: [...lengths].sort(([a], [b]) => b - a) };
});

/** Finds the words that a text holds anywhere, the longest first. */
function findPresent(text: string, lengths: StrippedOptions["lengths"]): string[] {
  return lengths.flatMap(([length, words]) => {
    if (words.size < 100) return [...words].filter((word) => text.includes(word));
    const present = new Set<string>();
    for (let at = 0; at + length <= text.length; at++) {
      const part = text.slice(at, at + length);
      if (words.has(part)) present.add(part);
    }
    return [...present];
  });
}

/** Finds options as whole words, or where scripts put no spaces as parts; of options that contain each other the longest. */
function findNamed(text: string, options: readonly string[]): Named[] {
  const { indices, lengths } = stripAll(options);
  const words = findPresent(text, lengths);
  const all = [...indices.keys()];
  // Whoever names so many chooses none.
  if (words.length === 0 || words.length > 1000) return [];
  const patterns = words.map((word) => {
    const literal = word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    if (unspaced.test(word)) return literal;
    const isNumber = /^-?\d+$/.test(word);
    const letter = isNumber ? "\\p{Script=Latin}" : "\\p{L}";
    return `(?<![${letter}\\p{N}]|\\p{N}[.,]${isNumber ? "|-" : ""})${literal}(?![${letter}\\p{N}]|[.,]\\p{N})`;
  });
  const turns = turn.test(text);
  const graded = new Map<string, boolean>();
  const ends = new RegExp(`^${sentenceEnd}`, "u");
  return [...text.matchAll(new RegExp(patterns.join("|"), "gu"))].flatMap(({ 0: word, index }) => {
    const before = text.slice(Math.max(0, index - 60), index);
    const after = text.slice(index + word.length, index + word.length + 60);
    const isNumber = /^-?\d+$/.test(word);
    const begins = !/[\p{L}\p{N}]/u.test(before) && /^[^\p{L}\p{N}]*(?:[.,:;!)]|$)/u.test(after);
    const alone = unspaced.test(word) ? ends.test(after) : word.length > 2 || begins || isNumber;
    const first = begins && !isNumber && index < 60 && /^["'*)]*[.!]/.test(after) && !turns;
    const isGraded = graded.get(word) ?? all.some((one) => isDegree(one, word));
    graded.set(word, isGraded);
    const meant = indices.get(word) ?? [];
    return meant.map((option) => ({ option, before, after, alone, first, graded: isGraded }));
  });
}
