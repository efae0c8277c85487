import { isAbsolute } from "node:path";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import type { Dtype } from "./model-folder.ts";

/** Which model, and where downloaded ones are kept. */
export interface ModelSource {
  /** An absolute folder in the hub's layout, or a hub id such as "Xenova/all-MiniLM-L6-v2". */
  encoder: string;
  modelsDir: string;
  log: (line: string) => void;
}

/** Whether a name can be a model's on the hub: `FacebookAI/roberta-base`, or `roberta-base`, which the hub redirects to it. */
export function isHubId(name: string): boolean {
  return /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(name);
}

/** Loads a model's tokenizer. @throws ExpectedError as loadWeights does */
export async function loadTokenizer(source: ModelSource) {
  const { AutoConfig, AutoTokenizer } = await loadLibrary(source);
  const place = toPlace(source);
  return orExplain(source, async () => {
    await AutoConfig.from_pretrained(source.encoder, place); // says best that there is no such model
    return AutoTokenizer.from_pretrained(source.encoder, place);
  });
}

/**
 * Loads a model's weights in transformers.js, from a folder or from the hub.
 * @param threads of one operation
 * @throws ExpectedError saying what to do, if the model cannot be found, fetched or read
 */
export async function loadWeights(source: ModelSource, dtype: Dtype, threads: number) {
  const { AutoModel, Tensor } = await loadLibrary(source);
  const progress_callback = toNotices(source.encoder, source.log);
  const session_options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  const options = { ...toPlace(source), dtype, progress_callback, session_options };
  const model = await orExplain(source, () => AutoModel.from_pretrained(source.encoder, options));
  return { Tensor, model };
}

async function loadLibrary({ encoder }: ModelSource) {
  if (!isAbsolute(encoder) && !isHubId(encoder))
    throw new ExpectedError(
      `encoder "${encoder}": expected use-lite, a folder, or a hub id such as ` +
        `Xenova/all-MiniLM-L6-v2`,
    );
  const library = await import("@xenova/transformers");
  library.env.logLevel = library.LogLevel.ERROR;
  return library;
}

function toPlace({ encoder, modelsDir }: ModelSource) {
  return { cache_dir: modelsDir, local_files_only: isAbsolute(encoder) };
}

async function orExplain<T>({ encoder }: ModelSource, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ExpectedError(explain(encoder, isAbsolute(encoder), cause), { cause });
  }
}

function explain(encoder: string, local: boolean, cause: unknown): string {
  const message = toMessage(cause);
  if (local) return `encoder ${encoder}: transformers.js cannot read this folder: ${message}`;
  if (cause instanceof Error && cause.name === "ModelFileNotFoundError")
    return (
      `encoder ${encoder}: the hub has no such model with ONNX weights for transformers.js, or it ` +
      `is not open to you: ${message} Check the id (many are under Xenova/ or onnx-community/), ` +
      `set HF_TOKEN, or give a folder`
    );
  const reason = cause instanceof Error && cause.cause ? `, ${toMessage(cause.cause)}` : "";
  return (
    `encoder ${encoder}: it could not be fetched from the hub (${message}${reason}). Try again, ` +
    `give a folder that holds the model, or take use-lite, which needs no network`
  );
}

/** Tells of a download at each quarter of a large file; one that is here already comes as 100 %. */
function toNotices(encoder: string, log: (line: string) => void) {
  const told = new Map<string, number>();
  return (event: { status: string; file?: string; progress?: number; total?: number }) => {
    const { status, file, progress = 0, total = 0 } = event;
    if (status !== "progress" || !file || total < 10e6) return;
    const quarter = Math.floor(progress / 25);
    if (quarter <= (told.get(file) ?? -1) || (quarter === 4 && !told.has(file))) return;
    told.set(file, quarter);
    log(`${encoder}: ${file}, ${quarter * 25} % of ${Math.round(total / 1e6)} MB`);
  };
}
