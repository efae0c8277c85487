import { basename, join } from "node:path";
import { hashValue } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";
import {
  type EncoderReading,
  graphPooling,
  type ModelDeclaration,
  readDeclaration,
} from "./declaration.ts";
import { type Recipe, readDense } from "./pooling.ts";

/** What is asked of a reading. */
export interface ReadingOptions {
  /** In tokens, special ones included. */
  maxLength: number;
  /** Put before each text; left out or null: the one that the model declares. */
  prompt?: string | null | undefined;
  /** A classifier's: it counts instead of what the model declares; null: the mean, no prompt, no Dense layer. */
  reading?: EncoderReading | null | undefined;
  /** Whether flags can change it, which are then named; left out: they can. */
  hasFlags?: boolean;
}

/** A reading, and what else of a declaration it goes by. */
export interface ResolvedReading extends EncoderReading {
  declared: ModelDeclaration;
  /** Whether the model or a classifier says it, rather than nobody. */
  isDeclared: boolean;
  lowerCase: boolean;
  poolsPrompt: boolean;
}

/**
 * Decides how a model's texts are read.
 * @param folder the model's, on this machine
 * @throws ExpectedError if what it declares cannot be read here
 */
export function resolveReading(folder: string, options: ReadingOptions): ResolvedReading {
  const declared = readDeclaration(folder);
  const { isDeclared, lowerCase, poolsPrompt, pooling, dense } = declared;
  const { maxLength, prompt, reading } = options;
  if (reading === null) {
    const nothing = { isDeclared: false, lowerCase: false, poolsPrompt: true };
    return { declared, ...nothing, ...plain, maxLength };
  }
  const own = {
    pooling,
    prompt: prompt ?? declared.prompt,
    maxLength: Math.min(maxLength, declared.maxLength ?? maxLength),
    dense,
  };
  const isSaid = isDeclared || reading !== undefined;
  return { declared, isDeclared: isSaid, lowerCase, poolsPrompt, ...(reading ?? own) };
}

const plain = { pooling: "mean", prompt: "", dense: [] };

/**
 * Names a reading but for its length, in twelve hex digits; null: it is the mean of the hidden states with nothing
 * besides, as every encoder was read once.
 */
export function hashReading(reading: ResolvedReading): string | null {
  const { pooling, prompt, dense, lowerCase, poolsPrompt } = reading;
  const ignoresPrompt = prompt !== "" && !poolsPrompt;
  if (!lowerCase && JSON.stringify({ pooling, prompt, dense }) === JSON.stringify(plain))
    return null;
  return hashValue({ pooling, prompt, dense, lowerCase, ignoresPrompt }).slice(0, 12);
}

/**
 * Creates the recipe of a reading.
 * @param folder the model's
 * @param encode a text's token ids, special ones included
 * @throws ExpectedError if a Dense layer cannot be read, or the prompt takes all the room
 */
export async function createRecipe(
  folder: string,
  { isDeclared, pooling, prompt, dense, poolsPrompt, maxLength }: ResolvedReading,
  encode: (text: string) => readonly number[],
): Promise<Recipe> {
  const own = prompt === "" ? [] : encode(prompt);
  if (own.length >= maxLength)
    throw new ExpectedError(
      `encoder ${folder}: expected room for a text after the prompt, got ${own.length} tokens of at most ${maxLength} in ${JSON.stringify(prompt)}`,
    );
  const isClosed = own.at(-1) === encode("").at(-1);
  const skipped = poolsPrompt ? 0 : own.length - (isClosed ? 1 : 0);
  const layers = await Promise.all(dense.map((path) => readDense(join(folder, path))));
  return { pooling, skipped, dense: layers, isDeclared };
}

/** What is said of a reading when an encoder is opened: `encoder bge-small: cls pooling, 512 tokens`. */
export function renderReading(
  encoder: string,
  { pooling, prompt, dense, maxLength, declared }: ResolvedReading,
  options: ReadingOptions,
): string {
  const name = basename(encoder);
  const read = [
    pooling === graphPooling ? "pooling of its graph" : `${pooling} pooling`,
    `${maxLength} tokens`,
    ...(prompt === "" ? [] : [`prompt ${JSON.stringify(prompt)}`]),
    ...(dense.length === 0 ? [] : [`Dense ${dense.join(", ")}`]),
  ];
  const said = [`encoder ${name}: ${read.join(", ")}`];
  if (declared.isDeclared && !declared.isNormalized)
    said.push("it declares no Normalize, but its vectors are scaled to length 1 here");
  // Of a classifier's reading nothing can be chosen any more.
  if (options.reading !== undefined || options.hasFlags === false) return said.join("; ");
  const { isDeclared, maxLength: longest } = declared;
  if (isDeclared && options.maxLength === maxLength && longest !== null && longest > maxLength)
    said.push(`it takes up to ${longest}: --max-length ${longest}`);
  const hasPrompt = prompt !== "" || typeof options.prompt === "string";
  if (!hasPrompt && /^(multilingual-)?e5([-_.]|$)/i.test(name))
    said.push('e5 models were trained with a prompt: --prompt "query: "');
  return said.join("; ");
}
