import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { sha256 } from "../logs/files.ts";
import { type Env, resolvePath } from "../logs/paths.ts";
import { FlagError, toMessage } from "../messages/errors.ts";

export interface Endpoint {
  baseUrl: string;
  official: boolean;
  apiKey: string | null;
}

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

/** The server that the environment names, or null if it names none. */
export function readEndpoint(env: Env): Endpoint | null {
  const apiKey = env.OPENAI_API_KEY || null;
  const baseUrl = env.OPENAI_BASE_URL?.replace(/\/+$/, "");
  if (!baseUrl && !apiKey) return null;
  const url = baseUrl || "https://api.openai.com/v1";
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
    if (statSync(file, { throwIfNoEntry: false })?.isFile())
      return { model: nameModelFile(file), endpoint: null, file };
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
  fetch: typeof globalThis.fetch,
): Promise<string> {
  const models = await listModels(endpoint, fetch);
  const [only, ...others] = models;
  if (only !== undefined && others.length === 0) return only;
  const shown = models.slice(0, 8).join(", ");
  throw new FlagError(
    `expected --model: ${endpoint.baseUrl} lists ${models.length === 0 ? "no model" : `${models.length} models (${shown}${models.length > 8 ? ", ..." : ""})`}`,
  );
}

/** Some servers without a model write null for an empty list. */
const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })).nullable() });

/** Asks a server which models it has. @throws FlagError if it does not say */
export async function listModels(
  { baseUrl, apiKey }: Endpoint,
  fetch: typeof globalThis.fetch,
): Promise<string[]> {
  const url = `${baseUrl}/models`;
  const failed = (why: string, advice = "start the server, or name one by --model") =>
    new FlagError(`${url} does not list its models: ${why}; ${advice}`);
  const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(15_000) }).catch(
    (error: unknown) => {
      const cause = error instanceof Error && error.cause ? ` (${toMessage(error.cause)})` : "";
      throw failed(`${toMessage(error)}${cause}`);
    },
  );
  const { ok, status } = response;
  if (status === 401 || status === 403)
    throw failed(`status ${status}`, "set OPENAI_API_KEY to a key that it accepts");
  if (!ok) throw failed(`status ${status}`);
  const body = modelsSchema.safeParse(await response.json().catch(() => null));
  if (!body.success) throw failed('expected {"data": [{"id": "..."}]}');
  return (body.data.data ?? []).map(({ id }) => id);
}

/** The number of pieces of a model file that are hashed, and the bytes of each. */
const pieces = { count: 16, bytes: 65_536 };

/**
 * Names a model file in keys, manifests and tables, such as `qwen.gguf@1f0c7a2b`: its name without the
 * folder, and a fingerprint of its size and pieces of its content, since many files have one name and
 * hashing the whole takes too long.
 */
export function nameModelFile(file: string): string {
  const opened = openSync(file, "r");
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
