import { closeSync, fstatSync, readSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { sha256 } from "../logs/files.ts";
import { parseAs } from "../logs/json.ts";
import { openFollowed } from "../logs/open-inside.ts";
import { type Env, lookUp, resolvePath } from "../logs/paths.ts";
import { explain, FlagError } from "../messages/errors.ts";
import { findRedirect, readBody } from "./read-body.ts";

export type Endpoint = NonNullable<ReturnType<typeof readEndpoint>>;

/**
 * A language model that answers a creation's requests: a server's, or a file's in this process. With
 * neither, nobody can be asked, and only what is finished can be used.
 */
export interface LiveModel {
  model: string;
  endpoint: Endpoint | null;
  file: string | null;
}

/** OpenAI's model where none is named: current and cheap on the date given. Change it here alone. */
export const defaultModel = { name: "gpt-5.4-nano", asOf: "2026-11-22" };

/**
 * A key without white space at its ends; null for none.
 * @param name what gave it, for the error
 * @throws FlagError, which does not show it, where something else stands in it
 */
export function trimKey(given: string | null, name: string): string | null {
  const key = given?.trim() || null;
  if (key && /[^\x21-\x7e]|^["']|["']$/.test(key))
    throw new FlagError(
      `${name}: expected the key alone, got other signs with it, such as a blank, a line feed or quotes from a text editor`,
    );
  return key;
}

/** The server that the environment names, or null if it names none. */
export function readEndpoint(env: Env) {
  const apiKey = trimKey(env.OPENAI_API_KEY ?? null, "OPENAI_API_KEY");
  const given = env.OPENAI_BASE_URL?.trim();
  if (!given && !apiKey) return null;
  // The slashes of a query belong to its value.
  const url =
    given?.replace(/^[^?]*/, (path) => path.replace(/\/+$/, "")) || "https://api.openai.com/v1";
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new FlagError(`OPENAI_BASE_URL: expected a URL such as http://127.0.0.1:8080/v1`);
  return { baseUrl: url, official: new URL(url).hostname === "api.openai.com", apiKey };
}

/**
 * The model that can be named without asking anybody: the one given, a file's or a server's, or OpenAI's
 * default. A server of one's own may call its models as files are, and then a file that is not there is such a name.
 * @returns null if only the server knows it, or nobody does
 * @throws FlagError if a GGUF file is not there
 */
export function findLiveModel(
  given: string | null,
  endpoint: Endpoint | null,
  env: Env,
): LiveModel | null {
  if (given !== null && /\.gguf$/i.test(given)) {
    const file = resolvePath(given, env);
    if (lookUp(file)?.isFile()) return { model: nameModelFile(file), endpoint: null, file };
    if (!endpoint || endpoint.official) throw new FlagError(`--model: no file ${file}`);
  }
  const model = given ?? (endpoint?.official ? defaultModel.name : null);
  return model === null ? null : { model, endpoint, file: null };
}

/**
 * Asks a server for the only model that its `/models` lists.
 * @throws FlagError if the server lists none or several, or does not answer
 */
export async function findOnlyModel(
  endpoint: Endpoint,
  deps: ListingDependencies,
): Promise<string> {
  const listed = await listModels(endpoint, deps);
  const models = [...new Set(listed)].filter((model) => !otherKinds.test(model));
  const [only, ...others] = models;
  if (only !== undefined && others.length === 0) return only;
  const shown = models.slice(0, 8).join(", ");
  throw new FlagError(
    `expected --model: ${endpoint.baseUrl} lists ${models.length === 0 ? "no model" : `${models.length} models (${shown}${models.length > 8 ? ", ..." : ""})`}`,
  );
}

/** Some servers without a model write null for an empty list. */
const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })).nullable() });

/** Names of models that do not chat. */
const otherKinds = /embed|rerank|whisper|\btts\b|\b(bge|gte|e5)-|moderation|dall-e/i;

/** What listing a server's models takes. */
export interface ListingDependencies {
  fetch: typeof globalThis.fetch;
  /** Milliseconds to wait for a server that loads its model. Default: none. */
  maxWait?: number;
  sleep?: (ms: number) => Promise<void>;
  log?: (line: string) => void;
}

/** Milliseconds between two looks at a server that loads its model. */
const between = 2000;

/** Asks a server which models it has. @throws FlagError if it does not say */
export async function listModels(
  { baseUrl, apiKey }: Endpoint,
  { fetch, maxWait = 0, sleep = setTimeout, log = () => {} }: ListingDependencies,
): Promise<string[]> {
  const { origin, pathname, search } = new URL(baseUrl);
  const url = `${origin}${pathname.replace(/\/+$/, "")}/models${search}`;
  const failed = (why: string, advice = "start the server, or name one by --model") =>
    new FlagError(`${url} does not list its models: ${why}; ${advice}`);
  const headers: Record<string, string> = apiKey
    ? { authorization: `Bearer ${apiKey}`, ...(search && { "api-key": apiKey }) }
    : {};
  const ask = async () => {
    try {
      const signal = AbortSignal.timeout(15_000);
      const response = await fetch(url, { headers, signal, redirect: "manual" });
      return { response, text: (await readBody(response)).toString() };
    } catch (error) {
      throw failed(explain(error));
    }
  };
  let { response, text } = await ask();
  for (let waited = 0; response.status === 503 && waited < maxWait; waited += between) {
    if (waited === 0)
      log(`${url} answered 503: waiting, at most ${maxWait / 60_000} min (--max-wait)`);
    await sleep(between);
    ({ response, text } = await ask());
  }
  const { ok, status } = response;
  if (status === 404 && pathname === "/")
    throw failed(
      `status 404`,
      `expected a path in OPENAI_BASE_URL, such as ${origin}/v1, or a model by --model`,
    );
  if (status === 401 || status === 403)
    throw failed(`status ${status}`, "set OPENAI_API_KEY to a key that it accepts");
  const moved = findRedirect(response);
  if (moved) throw failed(moved, "or name a model by --model");
  if (!ok) throw failed(`status ${status}`);
  const body = parseAs(text, modelsSchema);
  if (!body) throw failed('expected {"data": [{"id": "..."}]}');
  return (body.data ?? []).map(({ id }) => id);
}

/** The number of pieces of a model file that are hashed, and the bytes of each. */
const pieces = { count: 16, bytes: 65_536 };

/**
 * Names a model file in keys, manifests and tables, such as `qwen.gguf@1f0c7a2b`: its name without the
 * folder, and a fingerprint of its size and pieces of its content, since many files have one name and
 * hashing the whole takes too long.
 */
export function nameModelFile(file: string): string {
  const opened = openFollowed(file);
  try {
    const { size } = fstatSync(opened);
    const read = Array.from({ length: pieces.count }, (_, i) => {
      const piece = Buffer.alloc(Math.min(pieces.bytes, size));
      const from = Math.floor(((size - piece.length) * i) / (pieces.count - 1));
      readSync(opened, piece, 0, piece.length, from);
      return sha256(piece);
    });
    return `${basename(file)}@${sha256([size, ...read].join()).slice(0, 8)}`;
  } finally {
    closeSync(opened);
  }
}
