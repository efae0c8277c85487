import { NestingError, parseJson } from "@seedling/core/internal";
import { mendEscapes } from "./escapes.ts";

/** A text that begins and ends as JSON's objects do: parsing takes longest where it fails. */
const jsonLike = /^\{\s*["}].*\}$/s;

/** Matches a JSON string, closed or not. */
const jsonString = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|$)/g;

/**
 * Parses an object's text as JSON, its backslashes mended, else as nearly JSON.
 * @returns value undefined: it is neither, or isDeep: nested deeper than 100 levels
 */
export function parseObject(text: string): {
  value: object | undefined;
  isJson: boolean;
  isDeep?: boolean;
} {
  if (jsonLike.test(text))
    try {
      const mended = text.includes("\\") ? text.replace(jsonString, mendEscapes) : text;
      return { value: parseJson(mended) as object, isJson: true };
    } catch (error) {
      if (error instanceof NestingError) return { value: undefined, isJson: false, isDeep: true };
      // It may be nearly JSON.
    }
  try {
    return { value: parseRelaxed(text), isJson: false };
  } catch (error) {
    const isDeep = error instanceof NestingError;
    if (error instanceof SyntaxError) return { value: undefined, isJson: false, isDeep };
    throw error;
  }
}

/** The quotes that end a text, by the one that begins it. */
export const closing: Record<string, string> = {
  '"': '"',
  "'": "'",
  "`": "`'",
  "“": '”“"',
  "”": '”"',
  "„": '”“"',
  "‘": "’'",
};

/** What nearly JSON may have between tokens: white space and comments, which hold a quote only between a token's line and the next one. */
const comment = String.raw`(?<=[,"'\]}][ \t]{0,8})(?:#|\/\/)[^\n]*\n(?=\s*["'\]}])`;
const blank = new RegExp(
  String.raw`(?:\s+|(?:#|\/\/)[^"\n]*(?=\n)|\/\*[^"*]*\*\/|${comment})*`,
  "y",
);
const blankInQuotes = new RegExp(
  String.raw`(?:\s+|(?:#|\/\/)[^"'“”‘’\x60\n]*(?=\n)|\/\*[^"'“”‘’\x60*]*\*\/|${comment})*`,
  "y",
);

const quotedKey = /(["'“”„‘`])([^"'“”„‘’`\n:{}[\]]{1,60})["'“”’`]\s*:/y;
const bareKey = /()([\p{L}_*][\p{L}\p{N}_*]{0,60})\s*:/uy;
const constant =
  /(?:true|false|null|none|nan|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?=\s*(?:[,}\]\n]|\/\/|#))/iy;
const bareText = /\p{L}[^"“”„'‘’`\n,[\]{}:#]{0,200}(?=[,}\]\n])/uy;

/** Match a key with its value, or joined texts, within a text: a quote is missing before it, or more than it is quoted. */
const value = String.raw`\s*:\s*(?:["'“‘[{\d]|true|false|null)`;
const swallowed = new RegExp(String.raw`["“”][^"“”:\n]{1,60}["”]${value}|"\s*\+\s*"`, "i");
const swallowedInSingle = new RegExp(String.raw`['‘’][^'‘’:\n]{1,60}['’]${value}|'\s*\+\s*'`, "i");

/** A value that the text's end cuts. */
const cut = Symbol("cut");

const deepest = 100;

/** Made once: a reply may hold 100,000 objects that are none, and a stack takes longer than reading one. */
const notNearlyJson = new SyntaxError("not nearly JSON");
const tooDeep = new NestingError("nested too deeply");

/**
 * Parses an object that is nearly JSON: quotes of other kinds or not escaped, bare keys and words, comments, missing or
 * trailing commas, a missing end. A quote ends a text only where the next key, value or bracket follows; a field that
 * the end cuts is left out. Nothing is guessed.
 * @throws SyntaxError where it would have to be
 */
function parseRelaxed(text: string): object {
  let at = 0;
  let hasBareKeys = false;
  let quote = '"';

  const match = (pattern: RegExp, from: number) => {
    pattern.lastIndex = from;
    return pattern.exec(text);
  };
  const skip = (from: number) =>
    from + (match(quote === '"' ? blank : blankInQuotes, from)?.[0].length ?? 0);
  const fail = (): never => {
    throw notNearlyJson;
  };
  const matchKey = (from: number) =>
    match(quotedKey, from) ?? (hasBareKeys ? match(bareKey, from) : null);
  const isKey = (from: number) => {
    const key = matchKey(from);
    return key !== null && isValue(skip(from + key[0].length));
  };
  const isValue = (from: number) =>
    text.charAt(from) in closing ||
    "{[".includes(text.charAt(from)) ||
    match(constant, from) !== null ||
    match(bareText, from) !== null;
  const isOver = (from: number) => from >= text.length || ",}]".includes(text.charAt(from));

  /** Whether a quote ends a text: `inner` others of its kind do not. */
  const isEnd = (from: number, container: "{" | "[", inner: number): boolean => {
    const next = skip(from);
    if (next >= text.length) return inner === 0;
    const isClose = text[next] === (container === "{" ? "}" : "]");
    let after = skip(next + 1);
    while (text[next] === "," && text[after] === ",") after = skip(after + 1);
    if (isClose) return isOver(after) || isKey(after) || /[\n{]/.test(text.slice(next, after + 1));
    const comma = text[next] === ",";
    if (comma && after >= text.length) return inner === 0;
    if (comma && "}]".includes(text.charAt(after))) return true;
    if (comma && isCutKey(text, after)) return inner === 0;
    if (container === "{") return isKey(comma ? after : next);
    if (comma) return isValue(after) || text.startsWith("...", after);
    return inner === 0 && next > from && text.charAt(next) in closing && !isOver(next + 1);
  };

  const readString = (container: "{" | "["): string | typeof cut => {
    const opening = text.charAt(at);
    const ends = closing[opening] ?? "";
    const begin = at + 1;
    quote = opening;
    let inner = 0;
    for (let i = begin; i < text.length; i++) {
      const char = text.charAt(i);
      if (char === "\\") i += 1;
      else if (!ends.includes(char)) continue;
      else if (isEnd(i + 1, container, inner)) {
        at = i + 1;
        const raw = text.slice(begin, i);
        const isOdd = container === "[" && opening === '"' && inner % 2 === 1;
        const holdsKey = ("'‘`".includes(opening) ? swallowedInSingle : swallowed).test(raw);
        if (isOdd || (inner > 0 && holdsKey)) return fail();
        return decode(opening === '"' && /^"".*""$/s.test(raw) ? raw.slice(2, -2) : raw);
      } else inner += 1;
    }
    const rest = text.slice(begin);
    const brace = rest.indexOf("}");
    const lacksQuote = container === "{" && inner === 0 && brace > 0 && !rest.includes("{");
    if (!lacksQuote || !/^[\s,\]]*$/.test(rest.slice(brace + 1))) return cutHere();
    at = begin + brace;
    return decode(rest.slice(0, brace));
  };

  const readValue = (container: "{" | "[", depth: number): unknown => {
    const char = text.charAt(at);
    if (at >= text.length) return cut;
    if (depth > deepest) throw tooDeep;
    if (char === "{") return readObject(depth);
    if (char === "[") return readArray(depth);
    if (char in closing) return readString(container);
    const word = match(constant, at) ?? match(bareText, at);
    if (!word) return /^[\p{L}\p{N} .+-]*$/u.test(text.slice(at)) ? cutHere() : fail();
    at += word[0].length;
    return toConstant(word[0].trim());
  };
  const cutHere = (): typeof cut => {
    at = text.length;
    return cut;
  };

  const readArray = (depth: number): unknown => {
    const values: unknown[] = [];
    for (at = skip(at + 1); at < text.length; at = skip(at)) {
      if (text[at] === "]") {
        at += 1;
        return values;
      }
      if (text[at] === ",") at += 1;
      else if (text.startsWith("...", at)) at += 3;
      else {
        const value = readValue("[", depth + 1);
        if (value === cut) return cut;
        values.push(value);
      }
    }
    // Of a list of objects those that are whole are kept; a list of options must be whole.
    return values.length > 0 && values.every(isObject) ? values : cut;
  };

  const readObject = (depth: number): object => {
    const fields: [string, unknown][] = [];
    for (at = skip(at + 1); at < text.length; at = skip(at)) {
      if (text[at] === "}") {
        at += 1;
        break;
      }
      if (text[at] === ",") {
        at += 1;
        continue;
      }
      const key = matchKey(at) ?? match(bareKey, at);
      if (!key) {
        if (!isCutKey(text, at)) return fail();
        at = text.length;
        break;
      }
      hasBareKeys ||= key[1] === "";
      at = skip(at + key[0].length);
      const value = readValue("{", depth + 1);
      if (value !== cut) fields.push([key[2] ?? "", value]);
    }
    return Object.fromEntries(fields);
  };

  if (text[0] !== "{") return fail();
  const value = readObject(0);
  if (skip(at) < text.length && !/^[\s,\]]*$/.test(text.slice(at))) return fail();
  return value;
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Whether the rest of a text is a key that is not whole, or whose value is not. */
function isCutKey(text: string, from: number): boolean {
  const rest = text.slice(from, from + 100);
  return (
    rest.length < 100 &&
    /^["'“‘`][^"'“”‘’`\n:{}[\]]*(?:["'”’`]\s*(?::\s*[\p{L}\p{N} .+-]*)?)?$/u.test(rest)
  );
}

/** Decodes a string's raw contents, its backslashes mended. */
function decode(raw: string): string {
  const escaped = mendEscapes(raw).replace(/\\[\s\S]|["\p{Cc}]/gu, (one) =>
    one.length > 1 ? one : JSON.stringify(one).slice(1, -1),
  );
  return JSON.parse(`"${escaped}"`) as string;
}

/** Reads a word: a constant of JSON's or Python's, a number that is written as JavaScript writes it, else itself. */
function toConstant(word: string): unknown {
  if (/^(?:null|none)$/i.test(word)) return null;
  if (/^(?:true|false)$/i.test(word)) return word.toLowerCase() === "true";
  return /^-?\d/.test(word) && String(Number(word)) === word ? Number(word) : word;
}
