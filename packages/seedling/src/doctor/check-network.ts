import { type Env, ExpectedError, readEndpoint, toMessage } from "@seedling/core/internal";
import { absent, broken, fine, type Row } from "./row.ts";

/** What asking needs from outside. */
export interface Dependencies {
  env: Env;
  fetch: typeof fetch;
  /** The longest wait for an answer. */
  seconds: number;
}

/** The hub that models come from, and who answers a creation's requests. */
export function checkNetwork(deps: Dependencies): Promise<Row[]> {
  return Promise.all([checkHub(deps), checkKey(deps.env), checkServer(deps)]);
}

async function checkHub(deps: Dependencies): Promise<Row> {
  const hub = deps.env.HF_ENDPOINT?.trim() || "https://huggingface.co";
  const answer = await ask(hub, "HEAD", {}, deps);
  if (typeof answer !== "string") return fine("hub", `${hub} answers`);
  return absent(
    "hub",
    `${hub} does not answer (${answer}); models in folders and use-lite work without it`,
    "export HTTPS_PROXY=http://HOST:PORT (or HF_ENDPOINT=URL of a mirror)",
  );
}

/** A key is never shown. */
async function checkKey({ OPENAI_API_KEY, OPENAI_BASE_URL }: Env): Promise<Row> {
  if (OPENAI_API_KEY) return fine("OPENAI_API_KEY", "set");
  if (OPENAI_BASE_URL) return fine("OPENAI_API_KEY", "not set; OPENAI_BASE_URL may do without");
  return absent(
    "OPENAI_API_KEY",
    "not set; without it the bundled sample is replayed",
    "export OPENAI_API_KEY=YOUR-KEY",
  );
}

async function checkServer(deps: Dependencies): Promise<Row> {
  const what = "OPENAI_BASE_URL";
  if (!deps.env.OPENAI_BASE_URL)
    return fine(what, deps.env.OPENAI_API_KEY ? "not set: OpenAI's own" : "not set");
  try {
    const endpoint = readEndpoint(deps.env);
    const { baseUrl = "", apiKey = null } = endpoint ?? {};
    const url = `${baseUrl}/models`;
    const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
    const answer = await ask(url, "GET", headers, deps);
    if (typeof answer === "string")
      return broken(
        what,
        `${url} does not answer (${answer})`,
        "unset OPENAI_BASE_URL (or start the server)",
      );
    if (answer.ok) return fine(what, `${url} answers`);
    if (answer.status === 401 || answer.status === 403)
      return broken(
        what,
        `${url} refuses the key (status ${answer.status})`,
        "export OPENAI_API_KEY=YOUR-KEY",
      );
    return broken(
      what,
      `${url} answers with status ${answer.status}`,
      "export OPENAI_BASE_URL=http://HOST:PORT/v1",
    );
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return broken(what, error.message, "export OPENAI_BASE_URL=http://HOST:PORT/v1");
  }
}

/** @returns the response, or why there is none */
async function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  { fetch, seconds }: Dependencies,
): Promise<Response | string> {
  const signal = AbortSignal.timeout(seconds * 1000);
  try {
    return await fetch(url, { method, headers, signal });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return signal.aborted ? `nothing within ${seconds} s` : toMessage(cause);
  }
}
