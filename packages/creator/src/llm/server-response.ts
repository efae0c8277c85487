import {
  decodeJson,
  findRedirect,
  LongBodyError,
  NestingError,
  readBody,
  toMessage,
} from "@seedling/core/internal";
import { UnfinishedBody, UnreadableError } from "./errors.ts";

/** An object of JSON, or an empty one for anything else. */
export const toJsonObject = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

/**
 * Wraps `fetch` so that any server's answer is read, as a whole within its time. An error's body has the server's
 * words at `error.message`, in whatever form they come. Of a completion JSON is JSON whatever its header says, an event
 * stream that nobody asked for is joined into one, and a failure inside an answer with status 200 gets the status of a
 * failure. What is posted follows no redirect. A file's content is left to who asked for it.
 * @throws (what is returned) UnreadableError for a body above 64 MB or nested deeper than 100 levels
 */
export function withReadableResponses(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (target, init) => {
    const redirect = init?.method === "POST" ? "manual" : "follow";
    const response = await fetch(target, { ...init, redirect });
    const { ok } = response;
    const { pathname } = new URL(`${target}`);
    if (ok && pathname.endsWith("/content")) return response;
    let text: string;
    let body: unknown;
    try {
      text = decode(await readBody(response));
      body = unwrap(parseJson(text) ?? joinEvents(text));
    } catch (error) {
      if (error instanceof LongBodyError || error instanceof NestingError) {
        const { message } = error;
        if (ok) throw new UnreadableError(message, { shape: message, isEmpty: false });
        text = `a text ${message}`;
      } else if (init?.signal?.aborted || error instanceof UnfinishedBody) throw error;
      else throw new UnfinishedBody(toMessage(error));
    }
    if (ok && !pathname.endsWith("/chat/completions")) return new Response(text, response);
    const failure = ok ? findFailure(body) : readFailure(response, body ?? text);
    if (!failure && body === undefined) return new Response(text || null, response);
    // What the headers say of the bytes does not hold for JSON that is written anew.
    const headers = new Headers(response.headers);
    for (const name of ["content-encoding", "content-length", "content-type"]) headers.delete(name);
    const status = failure?.status ?? 200;
    return Response.json(failure ? { error: failure } : body, { status, headers });
  };
}

/** What a server says of a failure. */
export type ServerFailure = ReturnType<typeof describe>;

/** What servers call a reply that ended at its limit, one that was withheld for its content, and one that failed. */
export const finishReasons = {
  length: /^(length|max_(output_|completion_)?tokens|max_length|model_length)$/i,
  filtered:
    /content.?filter|^(safety|sensitive|blocklist|prohibited_content|recitation|moderation)$/i,
  failed: /^(\w*error|abort(ed)?|cancell?ed|failed|insufficient_system_resource)$/i,
};

/** Finds a failure inside an answer with status 200: an error, of the whole or of the choice, or no reply and no tokens. */
export function findFailure(body: unknown): ServerFailure | null {
  const whole = toJsonObject(body);
  const { error, errors, choices, usage } = whole;
  const choice = toJsonObject(Array.isArray(choices) ? choices[0] : null);
  const message = toJsonObject(choice.message);
  const isError = whole.object === "error" || Number(whole.code) >= 400 || "detail" in whole;
  for (const one of [error, errors, choice.error, message.error, isError && !choices && whole]) {
    const words = findWords(one, 1);
    if (words !== null) return describe(one, words, /unexpected endpoint/i.test(words) ? 404 : 502);
  }
  const ending = String(choice.finish_reason ?? "");
  if (finishReasons.failed.test(ending)) return describe(null, `finish_reason ${ending}`, 502);
  const isWhole = finishReasons.length.test(ending) || finishReasons.filtered.test(ending);
  const isEmpty = !Object.entries(message).some(
    ([name, value]) => name !== "role" && hasValue(value),
  );
  const isUncounted = toJsonObject(usage).completion_tokens === 0;
  if (choice.message && !choice.text && isEmpty && isUncounted && !isWhole)
    return describe(null, "an empty reply of 0 tokens", 502);
  return null;
}

const hasValue = (value: unknown) =>
  Array.isArray(value) ? value.length > 0 : value !== null && value !== "" && value !== false;

/** Reads an error's body, or where a redirect leads. */
function readFailure(response: Response, body: unknown): ServerFailure {
  const failure = toFailure(response.status, body, response.statusText);
  return { ...failure, message: findRedirect(response) ?? failure.message };
}

/** Describes a failure by the body of an answer with its status. @param otherwise what to say where that has no words */
export function toFailure(status: number, body: unknown, otherwise = ""): ServerFailure {
  const error =
    toJsonObject(body).error ?? (Array.isArray(body) ? toJsonObject(body[0]).error : body);
  const words = findWords(body) ?? (otherwise || "without a word");
  return { ...describe(error, words, status), status };
}

/** Describes a failure in the server's words, with what it gives as code, type and parameter. */
function describe(error: unknown, message: string, status: number) {
  const { code, type, param } = toJsonObject(error);
  const named = Number(code);
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  const given = { code: text(code), type: text(type), param: text(param) };
  return { status: named >= 400 && named < 600 ? named : status, message, ...given };
}

/** Where servers put their words, the likeliest first. */
const wordKeys = [
  "message",
  "msg",
  "error",
  "errors",
  "detail",
  "details",
  "error_description",
  "title",
  "reason",
];

/** Finds a server's own words in an error's body of any shape; null: it has none. */
function findWords(body: unknown, level = 0): string | null {
  if (typeof body === "string") return toPlainText(body);
  if (level > 5 || body === null || typeof body !== "object") return null;
  if (Array.isArray(body)) {
    const all = body.slice(0, 8).flatMap((one) => findWords(one, level + 1) ?? []);
    return all.length > 0 ? all.join("; ") : null;
  }
  const record = toJsonObject(body);
  const key = wordKeys.find((name) => findWords(record[name], level + 1) !== null);
  if (key === undefined)
    return level === 0 && Object.keys(record).length > 0 ? JSON.stringify(body) : null;
  const { raw } = toJsonObject(record.metadata);
  const words = [findWords(record[key], level + 1), findWords(raw, level + 1)]
    .filter(Boolean)
    .join("; ");
  // The validators of some servers say where, and not in words.
  return Array.isArray(record.loc) ? `${record.loc.join(".")}: ${words}` : words;
}

/** A page's text without its tags, or a plain text; null for none. */
function toPlainText(text: string): string | null {
  const plain = /^\s*</.test(text)
    ? text
        .slice(0, 20_000)
        .replace(/<(style|script)[^>]*>[^<]*/gi, " ")
        .replace(/<[^>]*>/g, " ")
    : text;
  return plain.replace(/\s+/g, " ").trim() || null;
}

/** Decodes a body: JSON is UTF-8, but for servers that say otherwise. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/**
 * Parses JSON, between the lines by which a server keeps a connection open and what ends an event stream; undefined: it
 * is none.
 * @throws NestingError
 */
function parseJson(text: string): unknown {
  const start = /^(\s*:[^\n]*\n)*\s*/.exec(text)?.[0].length ?? 0;
  const end = text.slice(-200).search(/\s*(data:\s*\[DONE\])?[\s\0]*$/);
  try {
    return decodeJson(text.slice(start, Math.max(0, text.length - 200) + end));
  } catch (error) {
    if (error instanceof NestingError) throw error;
    return undefined;
  }
}

/** Takes a completion out of what some gateways wrap it in. */
function unwrap(body: unknown): unknown {
  if (typeof body === "string") return parseJson(body) ?? body;
  if (Array.isArray(body)) return "choices" in toJsonObject(body[0]) ? body[0] : body;
  const { data, result, response } = toJsonObject(body);
  return [data, result, response].find((one) => "choices" in toJsonObject(one)) ?? body;
}

/**
 * Joins the events of a stream, or its lines, into the completion that they are parts of; undefined: it is none.
 * @throws UnfinishedBody for a stream without an end
 */
function joinEvents(text: string): unknown {
  // A line is looked at only if it may be an object: a body of line feeds alone has millions.
  const events = [...text.matchAll(/^(?:data:)?[ \t]*(\{[^\n]*)/gm)]
    .map(([, line = ""]) => parseJson(line))
    .filter((event) => ["choices", "usage", "error"].some((name) => name in toJsonObject(event)));
  if (events.length === 0) return undefined;
  const content: unknown[] = [];
  const reasoning: unknown[] = [];
  const joined: Record<string, unknown> = {};
  const choice: Record<string, unknown> = {};
  for (const event of events) {
    const { choices, ...rest } = toJsonObject(event);
    const [first] = (Array.isArray(choices) ? choices : []).map(toJsonObject);
    const { delta, message, ...more } = first ?? {};
    const part = toJsonObject(delta ?? message);
    content.push(part.content ?? first?.text);
    reasoning.push(part.reasoning_content ?? part.reasoning);
    for (const [into, from] of [
      [joined, rest],
      [choice, more],
    ] as const)
      for (const [name, value] of Object.entries(from)) if (value !== null) into[name] = value;
  }
  const hasEnded = "finish_reason" in choice || "error" in joined || text.includes("[DONE]");
  if (!hasEnded) throw new UnfinishedBody("the stream ended early");
  const flat = (parts: unknown[]) =>
    parts.flat().filter((part) => part !== null && part !== undefined);
  const message = { content: flat(content), reasoning_content: flat(reasoning).join("") };
  return { ...joined, choices: [{ ...choice, text: undefined, message }] };
}
