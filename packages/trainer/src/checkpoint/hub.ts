import { join } from "node:path";
import {
  type DownloadDependencies,
  type Env,
  ExpectedError,
  exists,
  explain,
  fetchFile,
} from "@seedling/core/internal";

/** Dependencies of a download. */
export interface HubAccess extends DownloadDependencies {
  /** HF_ENDPOINT names another hub than https://huggingface.co; HF_TOKEN opens private and gated models. */
  env: Env;
}

/**
 * Creates the download of a model's files into a folder by their names, each whole or not at all. A file that
 * is there is not fetched again. The download returns false if the hub has no file of that name.
 */
export function createHubFetch(model: string, folder: string, access: HubAccess) {
  const hub = parseHubUrl(access.env);
  const token = access.env.HF_TOKEN?.trim();
  // Of a redirect to another host, such as the hub's store of large files, fetch takes it off.
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};

  return async (name: string): Promise<boolean> => {
    const to = join(folder, name);
    if (await exists(to)) return true;
    const url = new URL(`${hub.pathname.replace(/\/+$/, "")}/${model}/resolve/main/${name}`, hub);
    try {
      await fetchFile({ url, to, name: `${model}: ${name}`, headers }, access);
      return true;
    } catch (cause) {
      if (cause instanceof ExpectedError || access.signal?.aborted) throw cause;
      const refusal =
        cause instanceof Error && cause.cause instanceof Response ? cause.cause : null;
      const status = refusal?.status ?? 0;
      const isUnknown = refusal?.headers.get("x-error-code") === "RepoNotFound";
      if (status === 404 && !isUnknown) return false;
      const why = [401, 403, 404].includes(status)
        ? `${hub.origin} has no such model, or it is not open to you (${name}: status ${status}): ${
            token
              ? "check the id; HF_TOKEN is set, but its owner may have to ask for access on the model's page"
              : "check the id, or set HF_TOKEN to a token that may read it"
          }`
        : `${name} could not be fetched from ${hub.origin}: ${explain(cause)}. Try again, or give a folder that holds the model`;
      throw new ExpectedError(`encoder ${model}: ${why}`, { cause });
    }
  };
}

/** Parses the hub's address. @throws ExpectedError if HF_ENDPOINT is no URL */
function parseHubUrl({ HF_ENDPOINT }: Env): URL {
  const given = HF_ENDPOINT?.trim() || "https://huggingface.co";
  const hub = URL.canParse(given) ? new URL(given) : null;
  if (hub && /^https?:$/.test(hub.protocol)) return hub;
  throw new ExpectedError(
    `HF_ENDPOINT: expected a URL such as https://huggingface.co, got "${given}"`,
  );
}
