import { statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRepo, datasetInfo, HubApiError, modelInfo, uploadFiles } from "@huggingface/hub";
import {
  ExpectedError,
  explain,
  redact,
  renderBytes,
  renderCount,
  toPlainText,
} from "@seedling/core/internal";

export interface PushOptions {
  /** `USER/NAME` or `ORGANIZATION/NAME`. */
  repo: string;
  kind: "dataset" | "model";
  /** The files that are sent, by their paths in the folder, with slashes. */
  files: readonly string[];
  /** Of the hub, with write access; it begins with `hf_`. */
  token: string;
  /** Default: https://huggingface.co. */
  endpoint?: string;
  /** Makes the repository public when all is there. Left out: a new one is private and stays so. */
  isPublic?: boolean;
  fetch?: typeof fetch;
  signal?: AbortSignal;
  /** Is told what leaves the machine and where to, before anything does. */
  log?: (line: string) => void;
}

/** Whether a text can be the name of a repository: `USER/NAME`. */
export function isRepoName(name: string): boolean {
  return (
    /^[A-Za-z0-9][\w-]*\/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_])?$/.test(name) &&
    name.length <= 96 &&
    !/--|\.\.|\.git$/.test(name)
  );
}

/**
 * Sends files of a folder to Hugging Face's hub: a repository is created private, unless it is there, and gets one
 * commit. What a push that was cut had sent of large files is not sent again.
 * @returns what came of it, in a sentence
 * @throws ExpectedError saying what the hub refused and what to do; the signal's reason
 */
export async function pushFolder(folder: string, options: PushOptions): Promise<string> {
  const { repo, kind, files, token, isPublic = false, signal, log = () => {} } = options;
  const { endpoint = "https://huggingface.co", fetch = globalThis.fetch } = options;
  if (!isRepoName(repo))
    throw new ExpectedError(`push: expected USER/NAME, got ${JSON.stringify(repo)}`);
  if (!token.startsWith("hf_"))
    throw new ExpectedError("HF_TOKEN: expected a token of the hub, which begins with hf_");
  const page = `${endpoint}/${kind === "dataset" ? "datasets/" : ""}${repo}`;
  const size = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  log(
    `Sends ${renderCount(files.length, "file")}, ${renderBytes(size)}, to ${page}${isPublic ? ", which is made public" : ", private"}, and nothing else: ${files.join(", ")}`,
  );
  const access = { accessToken: token, hubUrl: endpoint, fetch };
  const target = { repo: { type: kind, name: repo }, ...access };
  const attempt = async <T>(what: string, then: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const message = `${page}: ${what}: ${explainRefusal(error, repo)}; ${then}`;
      throw new ExpectedError(redact(message, { HF_TOKEN: token }), { cause: error });
    }
  };
  const again = "nothing was committed, and the same command goes on from here";
  const isNew = await attempt("it was not created", "nothing was sent", async () => {
    try {
      await createRepo({ ...target, visibility: "private" });
      return true;
    } catch (error) {
      if (error instanceof HubApiError && error.statusCode === 409) return false;
      throw error;
    }
  });
  if (!isNew) {
    const found = { name: repo, ...access };
    const { private: isPrivate } = await attempt("it is there and was not read", again, () =>
      kind === "dataset" ? datasetInfo(found) : modelInfo(found),
    );
    if (!isPrivate && !isPublic)
      throw new ExpectedError(
        `${page}: expected a private repository or none, and it is there and public: nothing was sent; --public adds a commit to it, another name makes a private one`,
      );
    log("It is there: it gets a further commit; large files that it has are not sent again.");
  }
  await attempt("the files were not sent", again, () =>
    uploadFiles({
      ...target,
      files: files.map((path) => ({ path, content: pathToFileURL(join(folder, path)) })),
      commitTitle: `Upload ${renderCount(files.length, "file")} with Seedling`,
      ...(signal && { abortSignal: signal }),
      useXet: false,
    }),
  );
  if (isPublic)
    await attempt(
      "all files are there, but it was not made public",
      "the same command tries again, or its page has it among the settings",
      () => makePublic(`${endpoint}/api/${kind}s/${repo}/settings`, token, fetch),
    );
  const visibility = isPublic ? "public" : "private: --public opens it, when you have looked at it";
  return `${page} has ${renderCount(files.length, "file")} in one commit, and is ${visibility}`;
}

/** What the library has no function for. */
async function makePublic(url: string, token: string, fetch: typeof globalThis.fetch) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ private: false });
  const response = await fetch(url, { method: "PUT", headers, body });
  if (!response.ok) throw new HubApiError(url, response.status);
}

/** Where tokens are made. */
const tokens = "the hub's page settings/tokens";

/** Why the hub refused, and what to do. An address may hold a signature, so that none is shown. */
function explainRefusal(error: unknown, repo: string): string {
  if (!(error instanceof HubApiError)) return `the connection failed (${explain(error)})`;
  const { statusCode: status, data } = error;
  const [user = ""] = repo.split("/");
  const known: Record<number, string> = {
    401: `the hub does not know HF_TOKEN (401): it may have been revoked; make another with write access on ${tokens}`,
    403: `HF_TOKEN may not write there (403): give it write access to ${user} on ${tokens}, or name a user or organization that it belongs to`,
    404: "there is no such repository for HF_TOKEN (404)",
    413: "the hub finds a file too large (413); of a data set, fewer examples or --format parquet make it smaller",
    429: "the hub asks to wait (429)",
  };
  const said = data?.error;
  const words = typeof said === "string" ? `, ${toPlainText(said).slice(0, 200)}` : "";
  return known[status] ?? `the hub answered with status ${status}${words}`;
}
