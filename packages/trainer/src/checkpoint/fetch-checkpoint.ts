import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { ExpectedError, findHubFiles, type ModelSource } from "@seedling/core/internal";
import { checkpointFiles, readIndex } from "./checkpoint.ts";

const { weights, index } = checkpointFiles;

/**
 * Fetches a checkpoint unless it is on this machine: configuration, tokenizer and safetensors, never a
 * pickle. Files that are there are not fetched again.
 * @returns its folder
 * @throws ExpectedError saying what to do, if a file cannot be fetched
 */
export async function fetchCheckpoint(source: ModelSource): Promise<string> {
  const { encoder } = source;
  const files = findHubFiles(source);
  if (!files) return encoder;
  const { folder, fetchOptional } = files;
  const path = await files.fetchDescription();
  const within = join(folder, path);
  if (!existsSync(join(within, index)) && (await fetchOptional(posix.join(path, weights))))
    return folder;
  if (!(await fetchOptional(posix.join(path, index))))
    throw new ExpectedError(
      `encoder ${encoder}: expected ${weights} or ${index} on the hub ${files.base}, got neither (a pickle such ` +
        `as pytorch_model.bin can hold any code and is not taken): take a model that has them, ` +
        `or save this one in Python by save_pretrained and give the folder`,
    );
  for (const name of readIndex(within))
    if (!(await fetchOptional(posix.join(path, name))))
      throw new ExpectedError(
        `${join(within, index)}: it names ${name}, but the hub has no such file; remove the index and try again`,
      );
  return folder;
}
