import { isAbsolute, join } from "node:path";
import { ExpectedError, exists, isHubId } from "@seedling/core/internal";
import { checkpointFiles, readIndex } from "./checkpoint.ts";
import { createHubFetch, type HubAccess } from "./hub.ts";

/** A checkpoint, and where and how it is downloaded. */
export interface CheckpointSource extends HubAccess {
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
  const fetchFile = createHubFetch(encoder, folder, source);
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
  if (!(await exists(join(folder, config)))) await fetchFile(specialTokens);
  await need(config);
  if (!(await exists(join(folder, index))) && (await fetchFile(weights))) return folder;
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
