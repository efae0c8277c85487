import { type Env, ExpectedError, readEndpoint, toMessage } from "@seedling/core/internal";

/** What asking a server needs. */
interface NetworkFacts {
  env: Env;
  fetch: typeof fetch;
  /** The longest wait for an answer. */
  seconds: number;
}

/** Asks the hub that models come from. */
export async function checkHub(facts: NetworkFacts) {
  const hub = facts.env.HF_ENDPOINT?.trim() || "https://huggingface.co";
  const answer = await ask(hub, { method: "HEAD" }, facts);
  if (typeof answer !== "string") return `${hub} answers`;
  return {
    fault: `${hub} does not answer (${answer}); models in folders and use-lite work without it`,
  };
}

/** Asks the server that answers a creation's requests, where one is named, for its models. */
export async function checkServer(facts: NetworkFacts) {
  const { env } = facts;
  if (!env.OPENAI_BASE_URL) return env.OPENAI_API_KEY ? "not set: OpenAI's own" : "not set";
  try {
    const { baseUrl = "", apiKey = null } = readEndpoint(env) ?? {};
    const url = `${baseUrl}/models`;
    const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
    const answer = await ask(url, { headers }, facts);
    if (typeof answer === "string")
      return {
        fault: `${url} does not answer (${answer})`,
        mend: "unset OPENAI_BASE_URL (or start the server)",
      };
    if (answer.ok) return `${url} answers`;
    if (answer.status === 401 || answer.status === 403)
      return {
        fault: `${url} refuses the key (status ${answer.status})`,
        mend: "export OPENAI_API_KEY=YOUR-KEY",
      };
    return { fault: `${url} answers with status ${answer.status}` };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { fault: error.message };
  }
}

/** @returns the response, or why there is none */
async function ask(
  url: string,
  request: RequestInit,
  { fetch, seconds }: NetworkFacts,
): Promise<Response | string> {
  const signal = AbortSignal.timeout(seconds * 1000);
  try {
    return await fetch(url, { ...request, signal });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return signal.aborted ? `nothing within ${seconds} s` : toMessage(cause);
  }
}
