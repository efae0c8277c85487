import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import {
  type DownloadDependencies,
  type Env,
  ExpectedError,
  explain,
  fetchFile,
  isHubId,
} from "@seedling/core/internal";
import { checkpointFiles, readIndex } from "./checkpoint.ts";

/** A checkpoint, and where and how it is downloaded. */
export interface CheckpointSource extends DownloadDependencies {
  /** HF_ENDPOINT names another hub than https://huggingface.co; HF_TOKEN opens private and gated models. */
  env: Env;
  /** An absolute folder in the hub's layout, or a hub id such as "FacebookAI/roberta-large". */
  encoder: string;
  modelsDir: string;
}

const { config, tokenizer, tokenizerConfig, specialTokens, weights, index } = checkpointFiles;

/**
 * Fetches a checkpoint unless it is on this machine: configuration, tokenizer and safetensors, never a
 * pickle. Files that are there are not fetched again.
 * @returns its folder
 * @throws ExpectedError saying what to do, if a file cannot be fetched
 */
export async function fetchCheckpoint(source: CheckpointSource): Promise<string> {
  const { encoder, modelsDir } = source;
  if (isAbsolute(encoder)) return encoder;
  if (!isHubId(encoder))
    throw new ExpectedError(
      `encoder "${encoder}": expected a folder, or a hub id such as FacebookAI/roberta-large`,
    );
  const folder = join(modelsDir, encoder);
  const fetchFile = createHubFetch(folder, source);
  const need = async (name: string): Promise<void> => {
    if (await fetchFile(name)) return;
    throw new ExpectedError(
      `encoder ${encoder}: expected ${name} on the hub, got none; check the id, take a model that has ` +
        `it, or save this one in Python by save_pretrained and give the folder`,
    );
  };
  await need(tokenizerConfig);
  await need(tokenizer);
  // Not every model has it; config.json, fetched last, marks the others as complete.
  if (!existsSync(join(folder, config))) await fetchFile(specialTokens);
  await need(config);
  if (!existsSync(join(folder, index)) && (await fetchFile(weights))) return folder;
  if (!(await fetchFile(index)))
    throw new ExpectedError(
      `encoder ${encoder}: expected ${weights} or ${index} on the hub, got neither (a pickle such ` +
        `as pytorch_model.bin can hold any code and is not taken): take a model that has them, ` +
        `or save this one in Python by save_pretrained and give the folder`,
    );
  for (const name of await readIndex(folder))
    if (!(await fetchFile(name)))
      throw new ExpectedError(
        `${join(folder, index)}: it names ${name}, but the hub has no such file; remove the index and try again`,
      );
  return folder;
}

/**
 * Creates the download of a model's files into a folder by their names, each whole or not at all. A file that
 * is there is not fetched again. The download returns false if the hub has no file of that name.
 */
function createHubFetch(folder: string, source: CheckpointSource) {
  const { encoder: model, env, signal } = source;
  const hub = parseHubUrl(env);
  const token = env.HF_TOKEN?.trim();
  // Of a redirect to another host, such as the hub's store of large files, fetch takes it off.
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};

  return async (name: string): Promise<boolean> => {
    const to = join(folder, name);
    if (existsSync(to)) return true;
    const url = new URL(`${hub.pathname.replace(/\/+$/, "")}/${model}/resolve/main/${name}`, hub);
    try {
      await fetchFile({ url, to, name: `${model}: ${name}`, headers }, source);
      return true;
    } catch (cause) {
      if (cause instanceof ExpectedError || signal?.aborted) throw cause;
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
