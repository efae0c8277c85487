import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { decodeUtf8 } from "../logs/files.ts";
import { decodeJson } from "../logs/json.ts";
import { checkFollowed, mostBytes, readFollowed } from "../logs/open-inside.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { describeText, startBytes } from "./describe-text.ts";

/** Files that a library reads by itself. */
const read = /\.(json|txt|model|safetensors)$|\.onnx/i;

/** Files of a model that are read whole. */
const readWhole = /\.(json|txt|model)$/i;

/**
 * Checks the files of a model's folder, and of the folders in it, before a library reads them: regular ones,
 * to which links may lead as the hub's cache has them, and those of JSON and words of a size that is read.
 * @throws ExpectedError naming the file
 */
export function checkModelFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory())
    throw new ExpectedError(`encoder ${folder}: expected a folder in the hub's layout, got a file`);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const names = entry.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
    for (const file of names)
      if (read.test(file))
        checkFollowed(file, readWhole.test(file) ? mostBytes.json : Number.POSITIVE_INFINITY);
  }
  checkTokenizer(join(folder, "tokenizer.json"));
}

/** A row of an encoder's matrix, with room to spare: the largest vocabularies have 256,000. */
export const mostTokens = 10_000_000;

const id = z.int().min(0).max(mostTokens);

/** What of tokenizer.json sizes something. */
const tokenizerSchema = z.object({
  added_tokens: z.array(z.looseObject({ id })).nullish(),
  model: z
    .looseObject({
      vocab: z.unknown(),
      /** The pieces of a word are found in a time that grows with the square of its length. */
      max_input_chars_per_word: z.number().max(1000).nullish(),
    })
    .nullish(),
});

/** @throws ExpectedError naming what in a tokenizer.json is out of all bounds */
function checkTokenizer(path: string): void {
  if (!existsSync(path)) return;
  const bytes = readFollowed(path);
  const text = decodeUtf8(bytes, path);
  let json: unknown;
  try {
    json = decodeJson(text);
  } catch (error) {
    const found = describeText(bytes.subarray(0, startBytes)) ?? "none";
    throw new ExpectedError(`${path}: expected JSON, got ${found} (${toMessage(error)})`);
  }
  const { data, error } = tokenizerSchema.safeParse(json, { reportInput: true });
  const [issue] = error?.issues ?? [];
  if (issue)
    throw new ExpectedError(
      `${path}: ${issue.path.join(".")}: ${issue.message}, got ${JSON.stringify(issue.input)}`,
    );
  const vocabulary = data?.model?.vocab;
  if (typeof vocabulary !== "object" || vocabulary === null || Array.isArray(vocabulary)) return;
  for (const [token, value] of Object.entries(vocabulary))
    if (!(Number.isInteger(value) && value >= 0 && value <= mostTokens))
      throw new ExpectedError(
        `${path}: token ${JSON.stringify(token.slice(0, 40))}: expected a whole number from 0 to ${mostTokens} as its id, got ${JSON.stringify(value)}`,
      );
}
