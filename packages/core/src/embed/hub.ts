import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { isAbsolute, join, posix, relative } from "node:path";
import { z } from "zod";
import { type DownloadDependencies, fetchFile } from "../data/fetch-file.ts";
import { writeAtomic } from "../logs/files.ts";
import { ExpectedError, explain, toMessage } from "../messages/errors.ts";
import { findTransformerFolder, listDeclarationFiles, modulesFile } from "./declaration.ts";
import { describeText, readJson, startBytes } from "./model-file.ts";
import { listExternalData } from "./read-onnx.ts";
import { openSafetensors } from "./read-safetensors.ts";

/** Which model, where downloaded ones are kept, and how it is downloaded. */
export interface ModelSource extends DownloadDependencies {
  /** An absolute folder in the hub's layout, or a hub id such as "Xenova/all-MiniLM-L6-v2". */
  encoder: string;
  modelsDir: string;
  /** HF_ENDPOINT names another hub than https://huggingface.co; HF_TOKEN opens private and gated models. */
  env: Record<string, string | undefined>;
}

/** Whether a name can be a model's on the hub: `FacebookAI/roberta-base`, or `roberta-base`, which the hub redirects to it. */
export function isHubId(name: string): boolean {
  return /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(name);
}

/**
 * Reads which hub is asked, and how.
 * @throws ExpectedError if HF_ENDPOINT is no URL, or HF_TOKEN cannot be sent
 */
export function readHub({ HF_ENDPOINT, HF_TOKEN }: ModelSource["env"]) {
  const given = HF_ENDPOINT?.trim() || "https://huggingface.co";
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new ExpectedError(
      `HF_ENDPOINT: expected a URL such as https://huggingface.co, without a user's name, got "${given}"`,
    );
  const token = HF_TOKEN?.trim();
  if (token && !/^[\x21-\x7e]+$/.test(token))
    throw new ExpectedError("HF_TOKEN: expected a token without blanks, line feeds and accents");
  const base = url.origin + url.pathname.replace(/\/+$/, "");
  return {
    /** Without a slash at its end. */
    base,
    token: token || null,
    toUrl: (model: string, name: string) => `${base}/${model}/resolve/main/${name}`,
    // Of a redirect to another host, such as the hub's store of large files, fetch takes it off.
    headers: (token ? { authorization: `Bearer ${token}` } : {}) as Record<string, string>,
  };
}

/**
 * Opens a model's files on the hub, and the folder here that keeps them. A file that is here is not fetched
 * again; one that is not what its name says, such as a proxy's page, is not kept.
 */
export function openHubFiles(source: ModelSource) {
  const { encoder: model, modelsDir, env, signal } = source;
  const folder = join(modelsDir, model);
  const hub = readHub(env);

  /** Fetches a file by its name. @returns whether the hub has it @throws ExpectedError saying what to do */
  async function fetchOptional(name: string): Promise<boolean> {
    const to = join(folder, name);
    if (existsSync(to)) return true;
    const check = async (path: string) => {
      const fault = await findFault(path, name);
      if (fault)
        throw new ExpectedError(
          `encoder ${model}: ${hub.base} gave another file as ${name}: ${fault}; nothing of it was kept. Is a proxy or a login in between? HF_ENDPOINT names a mirror`,
        );
    };
    const wanted = { url: hub.toUrl(model, name), to, name: `${model}: ${name}`, check };
    try {
      await fetchFile({ ...wanted, headers: hub.headers }, source);
      return true;
    } catch (cause) {
      if (cause instanceof ExpectedError || signal?.aborted) throw cause;
      const refusal =
        cause instanceof Error && cause.cause instanceof Response ? cause.cause : null;
      const status = refusal?.status ?? 0;
      const isUnknown = refusal?.headers.get("x-error-code") === "RepoNotFound";
      if (status === 404 && !isUnknown) return false;
      const why = [401, 403, 404].includes(status)
        ? `${hub.base} has no such model, or it is not open to you (${name}: status ${status}): ${
            hub.token
              ? "check the id; HF_TOKEN is set, but its owner may have to ask for access on the model's page"
              : "check the id, or set HF_TOKEN to a token that may read it"
          }`
        : `${name} could not be fetched from ${hub.base}: ${explain(cause)}. Try again, ` +
          "or give a folder that holds the model; use-lite needs no network";
      throw new ExpectedError(`encoder ${model}: ${why}`, { cause });
    }
  }

  async function need(name: string): Promise<void> {
    if (await fetchOptional(name)) return;
    throw new ExpectedError(
      `encoder ${model}: expected ${name} on the hub ${hub.base}, got none; check the id, take a model that has ` +
        "it, or save this one in Python by save_pretrained and give the folder",
    );
  }

  return {
    folder,
    base: hub.base,
    fetchOptional,
    need,
    /**
     * Fetches what a model has besides its weights.
     * @returns the folder of its configuration, tokenizer and weights within its own
     */
    async fetchDescription(): Promise<string> {
      const isDeclared = await fetchOptional(modulesFile).catch((error: unknown) => {
        // What an earlier version downloaded goes on without a network, read as it was then.
        if (!(error instanceof ExpectedError) || !existsSync(join(folder, "config.json")))
          throw error;
        source.log(`${error.message}; it is read as if it declared nothing`);
        return null;
      });
      const path = relative(folder, findTransformerFolder(folder));
      const isNew = !existsSync(join(folder, path, "config.json"));
      await need(posix.join(path, "tokenizer_config.json"));
      await need(posix.join(path, "tokenizer.json"));
      // Not every model has it; config.json, fetched last, marks the others as complete.
      if (isNew) await fetchOptional(posix.join(path, "special_tokens_map.json"));
      const { settings, pooling, dense } = listDeclarationFiles(folder);
      for (const name of settings)
        if (!(await fetchOptional(name))) writeAtomic(join(folder, name), "{}\n");
      for (const name of [...pooling, ...dense]) await need(name);
      await need(posix.join(path, "config.json"));
      // An empty file says that the hub has none: it is not asked again.
      if (isDeclared === false) writeAtomic(join(folder, modulesFile), "[]\n");
      return path;
    },
  };
}

/**
 * Opens a model's files on the hub, unless it is a folder.
 * @throws ExpectedError if it is neither a folder nor a hub id
 */
export function findHubFiles(source: ModelSource) {
  const { encoder } = source;
  if (isAbsolute(encoder)) return null;
  if (isHubId(encoder)) return openHubFiles(source);
  throw new ExpectedError(
    `encoder "${encoder}": expected a folder, or a hub id such as Xenova/all-MiniLM-L6-v2`,
  );
}

/** A JSON object or list, and not a server's `{"error": ...}`. */
const sentSchema = z
  .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .refine((value) => !("error" in value), 'expected a file of a model, got {"error": ...}');

/**
 * Finds what is wrong with a downloaded file of a model: a proxy or a login answers with a page, a mirror with
 * a pointer of Git LFS, and both with status 200.
 * @param name of the file, by whose ending its kind is known
 * @returns null: JSON parses, safetensors' header fits the file, ONNX is a whole message with a graph
 */
async function findFault(path: string, name: string): Promise<string | null> {
  try {
    if (name.endsWith(".json")) {
      readJson(path, sentSchema, "JSON");
      return null;
    }
    const text = describeText(await readStart(path));
    if (text) return `expected a model's numbers, got ${text}`;
    if (name.endsWith(".safetensors")) await (await openSafetensors(path)).close();
    if (name.endsWith(".onnx")) listExternalData(path);
    return null;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return toMessage(error).replace(`${path}: `, "");
  }
}

async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0);
  await file.close();
  return buffer.subarray(0, bytesRead);
}
