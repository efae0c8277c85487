import { toComparable } from "../messages/combining-marks.ts";
import type { ToTokens } from "./encoder.ts";
import { tokenizeText, toText, truncateTexts } from "./truncate.ts";

/** SentencePiece's mark of a word's beginning. */
const mark = "\u2581";

/** The first entries of a vocabulary stand for what no text holds. */
const reserved = 6;
const unknown = 0;

/** A tree of the pieces, letter by letter. */
interface Node {
  next: Map<string, Node>;
  /** null: no piece ends here. */
  piece: { id: number; score: number; length: number } | null;
}

/** Words that are remembered at most, and their letters. */
const most = { words: 50_000, letters: 40 };

/** Scores that differ by less may be one another's equal but for rounding, which what came before decides. */
const closest = 1e-6;

/**
 * Creates the unigram tokenizer of Universal Sentence Encoder Lite (Kudo 2018): of all ways to cut a text
 * into pieces, the likeliest. It gives the ids of npm's @tensorflow-models/universal-sentence-encoder, sums
 * rounded alike, in time linear in the length: word by word, as no piece goes on over a space.
 * @param vocabulary pieces with their log probabilities, by id; null (as for ":") counts as 0
 * @returns text -> at least one id, of which as many as `most` are given and all are counted
 */
export function createUseLiteTokenizer(vocabulary: readonly [string, number | null][]) {
  const root: Node = { next: new Map(), piece: null };
  for (const [id, [text, score]] of vocabulary.entries())
    if (id >= reserved) addPiece(root, text, { id, score: score ?? 0 });
  const remembered = new Map<string, number[]>();

  /** @param before the score of all that stands before the word */
  const cut = (word: string, before: number): number[] => {
    const known = before === 0 ? undefined : remembered.get(word);
    if (known) return known;
    const { ids, clear } = findLikeliest(root, word, before);
    if (clear && before !== 0 && word.length <= most.letters) {
      if (remembered.size >= most.words) remembered.clear();
      remembered.set(word, ids);
    }
    return ids;
  };

  return (text: string, maxLength: number): { ids: number[]; tokens: number } => {
    const kept: number[] = [];
    let tokens = 0;
    for (const part of splitLong(text)) {
      let score = 0;
      for (const word of `${mark}${(part || " ").replaceAll(" ", mark)}`.match(words) ?? []) {
        let last = -1;
        for (const id of cut(word, score)) {
          score += vocabulary[id]?.[1] ?? 0;
          // Unknown letters in a row are one token.
          if (id === unknown && last === unknown) continue;
          last = id;
          tokens += 1;
          if (kept.length < maxLength) kept.push(id);
        }
      }
    }
    return { ids: kept, tokens };
  };
}

/** Creates what truncates a text to so many tokens: at its end, or around an option. */
export function createUseLiteReader(
  tokenize: ReturnType<typeof createUseLiteTokenizer>,
  maxLength: number,
): ToTokens {
  const encode = (text: string) => tokenize(text, Number.POSITIVE_INFINITY).ids;
  return (text) => {
    const read = { ...tokenize(toText(text), maxLength), cutsOption: false };
    if (typeof text === "string" || read.tokens <= maxLength) return read;
    const { texts, cutsOption } = truncateTexts([tokenizeText(encode, text)], maxLength);
    return { ids: texts.flat(), tokens: read.tokens, cutsOption };
  };
}

const words = new RegExp(`${mark}[^${mark}]*`, "g");

function addPiece(root: Node, text: string, piece: { id: number; score: number }): void {
  let node = root;
  for (const letter of text) {
    const next = node.next.get(letter) ?? { next: new Map(), piece: null };
    node.next.set(letter, next);
    node = next;
  }
  node.piece = { ...piece, length: [...text].length };
}

/**
 * Cuts a word into its likeliest pieces (Viterbi).
 * @returns their ids, an unknown letter each its own, and whether they are the same whatever comes before
 */
function findLikeliest(root: Node, word: string, before: number) {
  const letters = [...word];
  const scores = new Float64Array(letters.length + 1);
  scores[0] = before;
  const ids = new Int32Array(letters.length + 1);
  const lengths = new Int32Array(letters.length + 1).fill(1);
  let clear = true;
  const offer = (start: number, { id, score, length }: NonNullable<Node["piece"]>) => {
    const [end, total] = [start + length, score + (scores[start] ?? 0)];
    const best = scores[end] ?? 0;
    if (best !== 0 && Math.abs(total - best) < closest) clear = false;
    // As in the package: 0 stands for nothing yet, and of equals the shorter last piece is taken.
    if (best !== 0 && total < best) return;
    scores[end] = total;
    ids[end] = id;
    lengths[end] = length;
  };
  for (let start = 0; start < letters.length; start++) {
    let isUnknown = true;
    let node: Node | undefined = root;
    for (let next = start; next < letters.length; next++) {
      node = node.next.get(letters[next] as string);
      if (!node) break;
      if (node.piece) offer(start, node.piece);
      if (node.piece) isUnknown = false;
    }
    if (isUnknown) offer(start, { id: unknown, score: 0, length: 1 });
  }
  const found: number[] = [];
  for (let end = letters.length; end > 0; end -= lengths[end] as number)
    found.push(ids[end] as number);
  return { ids: found.reverse(), clear };
}

/** Splits a long text at its spaces, if it has any, as earlier versions did: kept vectors are of the ids that this gives. */
function splitLong(text: string, longest = 4000): string[] {
  const parts: string[] = [];
  let rest = toComparable(text, "NFKC");
  while (rest.length > longest) {
    const space = rest.lastIndexOf(" ", longest);
    const end = space > 0 ? space : longest;
    parts.push(rest.slice(0, end));
    rest = rest.slice(space > 0 ? end + 1 : end);
  }
  return [...parts, rest];
}
