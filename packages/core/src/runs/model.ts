import { z } from "zod";
import { FlagError, toMessage } from "../errors.ts";
import type { Env } from "../flags/paths.ts";

/** A server that speaks the OpenAI protocol. */
export interface Endpoint {
  baseUrl: string;
  /** Whether it is OpenAI's own. */
  official: boolean;
  apiKey: string | null;
}

/** OpenAI's model where none is named: current and cheap on the date given. The one place to change it. */
export const defaultModel = { name: "gpt-5.4-nano", asOf: "2026-11-22" };

/** The server that the environment names, or null if it names none. */
export function toEndpoint(env: Env): Endpoint | null {
  const apiKey = env.OPENAI_API_KEY || null;
  const baseUrl = env.OPENAI_BASE_URL?.replace(/\/+$/, "");
  if (!baseUrl && !apiKey) return null;
  const url = baseUrl || "https://api.openai.com/v1";
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new FlagError(`OPENAI_BASE_URL: expected a URL such as http://127.0.0.1:8080/v1`);
  return { baseUrl: url, official: new URL(url).hostname === "api.openai.com", apiKey };
}

/**
 * The model to ask: the one given; for OpenAI the default one; elsewhere the only one that
 * `/models` lists.
 * @throws FlagError if the server lists none or several, or does not answer
 */
export async function chooseModel(
  given: string | null,
  { baseUrl, official, apiKey }: Endpoint,
  fetch: typeof globalThis.fetch,
): Promise<string> {
  if (given !== null) return given;
  if (official) return defaultModel.name;
  const models = await listModels(`${baseUrl}/models`, apiKey, fetch);
  const [only, ...others] = models;
  if (only !== undefined && others.length === 0) return only;
  const shown = models.slice(0, 8).join(", ");
  throw new FlagError(
    `expected --model: ${baseUrl} lists ${models.length === 0 ? "no model" : `${models.length} models (${shown}${models.length > 8 ? ", ..." : ""})`}`,
  );
}

/** Some servers without a model write null for an empty list. */
const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })).nullable() });

async function listModels(url: string, apiKey: string | null, fetch: typeof globalThis.fetch) {
  const failed = (why: string, advice = "start the server, or name one by --model") =>
    new FlagError(`${url} does not tell its models: ${why}; ${advice}`);
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
