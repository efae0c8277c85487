import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { z } from "zod";
import { isFolder } from "../logs/paths.ts";
import { ExpectedError } from "../messages/errors.ts";
import { readJson } from "./model-file.ts";

/** What the files of sentence-transformers in a model's folder declare; docs/encoders.md lists what is read. */
export interface ModelDeclaration {
  /** Whether the folder has a modules.json that names any; without one all else is the library's default. */
  isDeclared: boolean;
  /** The folder of configuration, tokenizer and weights: the model's own, or its 0_Transformer. */
  folder: string;
  /** The vectors that are laid end to end, by `poolings`, with + between them. */
  pooling: string;
  /** Whether the tokens of a prompt are pooled, too. */
  poolsPrompt: boolean;
  /** In tokens, special ones included; null: as many as the model has places for. */
  maxLength: number | null;
  /** Whether texts are put into lower case before the tokenizer, which does not do it itself. */
  lowerCase: boolean;
  /** Put before each text; empty: none. */
  prompt: string;
  /** Folders of the Dense layers after the pooling, within the model's. */
  dense: string[];
  isNormalized: boolean;
}

/** The ways of pooling, by sentence-transformers' names, and its keys of 1_Pooling/config.json, in its order. */
const poolings = {
  cls: "pooling_mode_cls_token",
  max: "pooling_mode_max_tokens",
  mean: "pooling_mode_mean_tokens",
  mean_sqrt_len_tokens: "pooling_mode_mean_sqrt_len_tokens",
  weightedmean: "pooling_mode_weightedmean_tokens",
  lasttoken: "pooling_mode_lasttoken",
} as const;

export type PoolingName = keyof typeof poolings;

const poolingNames = Object.keys(poolings) as PoolingName[];

/** Lists the ways of pooling of a text such as `cls+mean`; null: one is not known. */
export function parsePooling(pooling: string): PoolingName[] | null {
  const names = pooling.split("+");
  return names.every((name): name is PoolingName => Object.hasOwn(poolings, name)) ? names : null;
}

/** What stands for the pooling of a graph that gives `sentence_embedding` alone. */
export const graphPooling = "sentence_embedding";

/** A folder in a model's; empty: its own. */
const folderName = z.string().regex(/^([\w-][\w.-]*)?$/, {
  error: ({ input }) => `expected a folder's name, got ${JSON.stringify(input)}`,
});

/** How an encoder reads texts; a classifier keeps it. */
export const encoderReadingSchema = z.object({
  /** sentence-transformers' names with + between them, or `sentence_embedding`: as an ONNX graph pools. */
  pooling: z
    .string()
    .refine((name) => name === graphPooling || parsePooling(name) !== null, "expected a pooling"),
  /** Put before each text; empty: none. */
  prompt: z.string(),
  /** Tokens that a text is truncated to, special ones and the prompt's included. */
  maxLength: z.number().int().positive(),
  /** Folders of the Dense layers after the pooling, within the model's. */
  dense: z.array(folderName),
});

export type EncoderReading = z.infer<typeof encoderReadingSchema>;

export const modulesFile = "modules.json";

/** Files that declare how the texts of a model are read; the first of a row that is there counts. */
const settingsFiles = {
  prompts: ["config_sentence_transformers.json"],
  transformer: [
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
  ],
} as const;

const modulesSchema = z.array(
  z.object({
    type: z.string(),
    path: folderName,
  }),
);
type Modules = { kind: string; path: string }[];

/** Kinds of modules that are read here, or change nothing where nothing is trained. */
const kinds = ["Transformer", "Pooling", "Dense", "Normalize", "Dropout"];

/**
 * Reads which modules a model has, in their order; none if it declares none.
 * @param folder in the hub's layout
 */
function readModules(folder: string): Modules {
  const path = join(folder, modulesFile);
  if (!existsSync(path)) return [];
  const all = readJson(path, modulesSchema, '[{"type": ..., "path": ...}, ...]');
  return all.map(({ type, path }) => ({ kind: type.split(".").at(-1) ?? "", path }));
}

/**
 * Finds the folder of a model's configuration, tokenizer and weights: of the older layout its 0_Transformer.
 * @throws ExpectedError if the model is a file
 */
export function findTransformerFolder(folder: string): string {
  if (existsSync(folder) && !isFolder(folder))
    throw new ExpectedError(`encoder ${folder}: expected a folder in the hub's layout, got a file`);
  const own = join(folder, findTransformerPath(readModules(folder)));
  const isAt = (path: string) => existsSync(join(path, "config.json"));
  return isAt(folder) && !isAt(own) ? folder : own;
}

function findTransformerPath(modules: Modules): string {
  return modules.find(({ kind }) => kind === "Transformer")?.path ?? "";
}

/**
 * Lists the files that a model's modules.json makes a download need: settings, which may be missing, the pooling's
 * configuration, and those of Dense layers; none if it declares none.
 * @param folder holds modules.json
 */
export function listDeclarationFiles(folder: string) {
  const modules = readModules(folder);
  const pathsOf = (wanted: string) =>
    modules.filter(({ kind }) => kind === wanted).map(({ path }) => path);
  const settings = [
    settingsFiles.prompts[0],
    posix.join(findTransformerPath(modules), settingsFiles.transformer[0]),
  ];
  const pooling = pathsOf("Pooling").map((path) => posix.join(path, "config.json"));
  const dense = pathsOf("Dense").flatMap((path) =>
    denseFiles.map((name) => posix.join(path, name)),
  );
  return { settings: modules.length === 0 ? [] : settings, pooling, dense };
}

/** The files of a Dense layer. */
export const denseFiles = ["config.json", "model.safetensors"] as const;

const poolingSchema = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string())]).optional(),
  include_prompt: z.boolean().default(true),
});
const promptsSchema = z.object({
  prompts: z.record(z.string(), z.string()).default({}),
  default_prompt_name: z.string().nullish(),
  truncate_dim: z
    .null({ error: ({ input }) => `expected none, as vectors are not cut here, got ${input}` })
    .optional(),
});
const transformerSchema = z.object({
  max_seq_length: z.number().int().positive().nullish(),
  do_lower_case: z.boolean().nullish(),
});
const limit = z.number().min(1).refine(Number.isInteger, "expected a whole number");
const limitSchema = z.object({ model_max_length: limit.nullish() });

/**
 * Reads what a model's folder declares.
 * @param folder in the hub's layout, on this machine
 * @throws ExpectedError naming the file, and the module or value that cannot be read here
 */
export function readDeclaration(folder: string): ModelDeclaration {
  const modules = readModules(folder);
  const isDeclared = modules.length > 0;
  const at = join(folder, modulesFile);
  for (const { kind } of modules)
    if (!kinds.includes(kind))
      throw new ExpectedError(`${at}: expected modules ${kinds.join(", ")}, got ${kind}`);
  const order = modules.map(({ kind }) => kind).filter((kind) => kind !== "Dropout");
  if (isDeclared && !/^Transformer,Pooling(,Dense)*(,Normalize)*$/.test(order.join()))
    throw new ExpectedError(
      `${at}: expected Transformer, Pooling, then any Dense, then Normalize or none, got ${order.join(", ") || "none"}`,
    );
  const take = <T>(path: string, names: readonly string[], schema: z.ZodType<T>): T => {
    const file = names.map((name) => join(path, name)).find((one) => existsSync(one));
    return file === undefined ? schema.parse({}) : readJson(file, schema, "a JSON object");
  };
  const transformer = findTransformerFolder(folder);
  const ofTransformer = isDeclared
    ? take(transformer, settingsFiles.transformer, transformerSchema)
    : {};
  const pooled = modules.find(({ kind }) => kind === "Pooling")?.path ?? "";
  const poolingPath = join(folder, pooled, "config.json");
  const { include_prompt, ...pooling } = isDeclared
    ? readJson(poolingPath, poolingSchema, "a JSON object")
    : poolingSchema.parse({});
  return {
    isDeclared,
    folder: transformer,
    pooling: findPooling(pooling, poolingPath),
    poolsPrompt: include_prompt,
    maxLength: ofTransformer.max_seq_length ?? readTokenizerLimit(transformer),
    lowerCase: ofTransformer.do_lower_case === true && !lowersCase(transformer),
    prompt: isDeclared
      ? findPrompt(take(folder, settingsFiles.prompts, promptsSchema), folder)
      : "",
    dense: modules.filter(({ kind }) => kind === "Dense").map(({ path }) => path),
    isNormalized: order.includes("Normalize"),
  };
}

/** Reads the tokens that a model's tokenizer is limited to, which today's sentence-transformers declare there. */
export function readTokenizerLimit(folder: string): number | null {
  const path = join(folder, "tokenizer_config.json");
  if (!existsSync(path)) return null;
  const { model_max_length: limit } = readJson(path, limitSchema, "a tokenizer's limit");
  // transformers' sign of none is 1e30.
  return limit && limit < 1e20 ? limit : null;
}

const normalizerSchema = z.looseObject({
  type: z.string().optional(),
  lowercase: z.boolean().optional(),
});
const tokenizerSchema = z.looseObject({
  normalizer: normalizerSchema
    .extend({ normalizers: z.array(normalizerSchema).default([]) })
    .nullish(),
});

/** Whether a model's tokenizer puts texts into lower case itself. */
function lowersCase(folder: string): boolean {
  const path = join(folder, "tokenizer.json");
  if (!existsSync(path)) return false;
  const { normalizer } = readJson(path, tokenizerSchema, "a tokenizer");
  const all = [normalizer, ...(normalizer?.normalizers ?? [])];
  return all.some((one) => one?.type === "Lowercase" || one?.lowercase === true);
}

function findPooling(config: Record<string, unknown>, path: string): string {
  const { pooling_mode } = config;
  const isOn = ([key, value]: [string, unknown]) =>
    key.startsWith("pooling_mode_") && value === true;
  const keys: string[] = Object.entries(config)
    .filter(isOn)
    .map(([key]) => key);
  const named = poolingNames.filter((name) => keys.includes(poolings[name]));
  const unknown = keys.find((key) => !poolingNames.some((name) => poolings[name] === key));
  const pooling = unknown ?? ([pooling_mode ?? named].flat().join("+") || "mean");
  if (parsePooling(pooling)) return pooling;
  throw new ExpectedError(
    `${path}: expected pooling by ${poolingNames.join(", ")}, got ${pooling}`,
  );
}

function findPrompt(
  { prompts, default_prompt_name: name }: z.infer<typeof promptsSchema>,
  folder: string,
) {
  if (name === null || name === undefined) return "";
  if (Object.hasOwn(prompts, name)) return prompts[name] ?? "";
  throw new ExpectedError(
    `${join(folder, settingsFiles.prompts[0])}: default_prompt_name: expected one of its prompts ` +
      `(${Object.keys(prompts).join(", ") || "there are none"}), got ${name}`,
  );
}
