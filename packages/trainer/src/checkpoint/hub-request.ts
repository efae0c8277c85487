import { ExpectedError } from "@seedling/core/internal";

/** What a download needs from outside. */
export interface HubAccess {
  fetch: typeof fetch;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** HF_ENDPOINT: another hub than https://huggingface.co. HF_TOKEN: for what is not open to all. */
  env: Record<string, string | undefined>;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** The hub's address. @throws ExpectedError if HF_ENDPOINT is no URL */
export function parseHubUrl({ HF_ENDPOINT }: HubAccess["env"]): URL {
  const given = HF_ENDPOINT?.trim() || "https://huggingface.co";
  const hub = URL.canParse(given) ? new URL(given) : null;
  if (hub && /^https?:$/.test(hub.protocol)) return hub;
  throw new ExpectedError(
    `HF_ENDPOINT: expected a URL such as https://huggingface.co, got "${given}"`,
  );
}

/** The address of a model's file. */
export function buildFileUrl(hub: URL, model: string, name: string): URL {
  return new URL(`${hub.pathname.replace(/\/+$/, "")}/${model}/resolve/main/${name}`, hub);
}

/**
 * Opens requests for files of a hub. Redirects are followed here: the token goes to the hub's own
 * host and to no other.
 * @returns asks for a file from a byte on
 */
export function createHubRequests({ fetch, signal, env }: HubAccess) {
  const hub = parseHubUrl(env);
  const token = env.HF_TOKEN?.trim();
  return async (file: URL, from: number): Promise<Response> => {
    let url = file;
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const headers: Record<string, string> = { "accept-encoding": "identity" };
      if (token && url.origin === hub.origin) headers.authorization = `Bearer ${token}`;
      if (from > 0) headers.range = `bytes=${from}-`;
      const response = await fetch(url, { headers, redirect: "manual", signal: signal ?? null });
      const location = response.headers.get("location");
      if (!redirects.has(response.status) || location === null) return response;
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new ExpectedError(`${file}: expected at most ${mostRedirects} redirects, got more`);
  };
}
