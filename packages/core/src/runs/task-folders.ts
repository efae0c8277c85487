import { isAbsolute, join } from "node:path";
import { joinFolders, type Request } from "../flags/command-line.ts";
import { type Env, looksLikePath, lookUp, resolvePath } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";

/**
 * Finds the folders that a grid of an experiment's file names, in `--data-dir`, and the file of `--created` in each
 * folder of `--data` where it is not a path from where the user is: then each folder is a grid of its own.
 * @throws FlagError where an experiment's folders are named and nothing says where they are
 */
export function findTaskFolders(request: Request, env: Env): Request[] {
  const { flags, typed } = request;
  if (flags.data === null) return [request];
  const names = joinFolders(flags.data, "--data", env);
  const data = typed.has("data") ? names : names.map((name) => findInDataDir(name, request, env));
  const { created } = flags;
  const isPath = created === null || isAbsolute(created) || lookUp(resolvePath(created, env));
  const beside = data.map((name) => [name, join(resolvePath(name, env), created ?? "")] as const);
  if (isPath || !beside.some(([name, path]) => looksLikePath(name) && lookUp(path)))
    return [{ ...request, flags: { ...flags, data } }];
  return beside.map(([name, path]) => ({
    ...request,
    flags: { ...flags, data: [name], created: path },
  }));
}

function findInDataDir(name: string, { flags }: Request, env: Env): string {
  if (!looksLikePath(name)) return name;
  const root = flags.dataDir ?? env.SEEDLING_DATA;
  if (root) return join(resolvePath(root, env), name);
  throw new FlagError(
    `--experiment ${flags.experiment}: expected --data-dir FOLDER, where its ${name} is`,
  );
}
