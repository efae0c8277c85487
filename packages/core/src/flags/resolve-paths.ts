import { statSync } from "node:fs";
import { join } from "node:path";
import { type Env, isFolder, looksLikePath, repository, resolvePath } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import type { Request } from "./command-line.ts";
import { type Flags, toOption } from "./flags.ts";

/**
 * The flags with every path made absolute. Encoders may be names instead.
 * @throws FlagError if a file or folder that only a path can mean is not there
 */
export function resolvePaths({ flags, given }: Request, env: Env): Flags {
  const path = (given: string | null) => given && resolvePath(given, env);
  const model = (name: "encoder" | "similarityEncoder") => {
    const folder = resolvePath(flags[name], env);
    if (flags[name] !== "use-lite" && isFolder(folder)) return folder;
    if (!looksLikePath(flags[name])) return flags[name];
    throw new FlagError(`${toOption(name)}: no folder ${folder}`);
  };
  const named = ["own", "original"].includes(flags.instruction);
  const instruction = named ? flags.instruction : resolvePath(flags.instruction, env);
  const files = { instruction, example: path(flags.example), created: path(flags.created) };
  for (const [name, file] of Object.entries(named ? { ...files, instruction: null } : files))
    if (file && (statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? true))
      throw new FlagError(`--${name}: no file ${file}`);
  return {
    ...flags,
    ...files,
    results: given.has("results")
      ? resolvePath(flags.results, env)
      : join(repository, flags.results),
    dataDir: path(flags.dataDir),
    replay: path(flags.replay),
    encoder: model("encoder"),
    similarityEncoder: model("similarityEncoder"),
  };
}
