import { join } from "node:path";
import { ExpectedError, exists, toMessage } from "@seedling/core/internal";
import pRetry from "p-retry";
import { openPartFile, type PartFile } from "./part-file.ts";

/** Fetches a file of the hub into the folder, by its name. @returns false if the hub has none of that name */
export type FetchFile = (name: string) => Promise<boolean>;

/**
 * Creates the download of a model's files into a folder, each whole or not at all. A file that is there is
 * not fetched again; a broken connection resumes where it broke.
 */
export function createHubFetch(model: string, folder: string, access: HubAccess): FetchFile {
  const { env, log, signal } = access;
  const hub = parseHubUrl(env);
  const request = createHubRequests(access);

  function refuse(name: string, status: number): never {
    const advice = env.HF_TOKEN
      ? "check the id; HF_TOKEN is set, but its owner may have to ask for access on the model's page"
      : "check the id, or set HF_TOKEN to a token that may read it";
    throw new ExpectedError(
      `encoder ${model}: ${hub.origin} has no such model, or it is not open to you (${name}: status ${status}): ${advice}`,
    );
  }

  /** @returns whether the hub has the file */
  async function download(name: string, part: PartFile): Promise<boolean> {
    const response = await request(buildFileUrl(hub, model, name), part.bytes);
    const { status, headers, body } = response;
    const unknown = status === 404 && headers.get("x-error-code") === "RepoNotFound";
    if (status === 401 || status === 403 || unknown) refuse(name, status);
    if (status === 404) return false;
    // The hub's file is now shorter than the part that is here.
    if (status === 416) part.bytes = 0;
    if (!response.ok || !body) throw new Error(`status ${status}`);
    const resumed = status === 206;
    if (!resumed) part.bytes = 0;
    const total = toTotal(headers, part.bytes);
    if (resumed && total !== part.total) {
      part.bytes = 0;
      throw new Error("it became another file meanwhile");
    }
    part.total = total;
    const report = createQuarterLog(`${model}: ${name}`, total, log);
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      part.write(chunk);
      report(part.bytes);
    }
    if (total !== null && part.bytes !== total) {
      const got = part.bytes;
      if (got > total) part.bytes = 0;
      throw new Error(`expected ${total} bytes, got ${got}`);
    }
    return true;
  }

  return async (name) => {
    const path = join(folder, name);
    if (await exists(path)) return true;
    const part = await openPartFile(path);
    try {
      const found = await pRetry(() => download(name, part), {
        retries: 3,
        minTimeout: 500,
        signal,
        shouldRetry: ({ error }) => !(error instanceof ExpectedError),
      });
      if (found) await part.keep();
      return found;
    } catch (cause) {
      if (cause instanceof ExpectedError || signal?.aborted) throw cause;
      const reason = cause instanceof Error && cause.cause ? ` (${toMessage(cause.cause)})` : "";
      throw new ExpectedError(
        `encoder ${model}: ${name} could not be fetched from ${hub.origin}: ${toMessage(cause)}` +
          `${reason}. Try again, or give a folder that holds the model`,
        { cause },
      );
    } finally {
      await part.close();
    }
  };
}

/** The size of a whole file, in bytes, of which a response holds those from a byte on; null: not said. */
function toTotal(headers: Headers, from: number): number | null {
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? null : from + Number(length);
}

/** Logs the progress of a large file at each quarter. */
function createQuarterLog(what: string, total: number | null, log: (line: string) => void) {
  let last = -1;
  return (bytes: number) => {
    if (total === null || total < 10e6) return;
    const quarter = Math.floor((4 * bytes) / total);
    if (quarter > last) log(`${what}, ${quarter * 25} % of ${Math.round(total / 1e6)} MB`);
    last = Math.max(last, quarter);
  };
}

/** Dependencies of a download. */
export interface HubAccess {
  fetch: typeof fetch;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** HF_ENDPOINT names another hub than https://huggingface.co; HF_TOKEN opens private and gated models. */
  env: Record<string, string | undefined>;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Parses the hub's address. @throws ExpectedError if HF_ENDPOINT is no URL */
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
 * Creates requests for files of a hub, each from a byte on. They follow redirects themselves: the token goes
 * to the hub's own host and to no other.
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
