import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { exists } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";
import { runCommand } from "../stage/run-command.ts";
import type { Target } from "./install-native.ts";
import type { Library } from "./library.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Compiles the package's own C++ sources; CXX may name the compiler.
 * @param to the binding's path, two folders below the one that `deps` is in
 */
export async function compileBinding(
  target: Target,
  { include, files }: Library,
  to: string,
  place: Workplace,
): Promise<void> {
  const compiler = await findCompiler(place);
  const headers = await findHeaders(place);
  place.say(`Node's headers: ${headers}`);
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) =>
    join(target.folder, "binding", name),
  );
  const options = ["-std=c++17", "-O2", "-fPIC", "-shared", `-DNAPI_VERSION=${target.napi}`];
  const args = [
    ...options,
    ...[headers, include].flatMap((folder) => ["-isystem", folder]),
    ...sources,
    ...files,
    "-Wl,-rpath,$ORIGIN/../../deps/lib",
    "-o",
    to,
  ];
  place.say(`compiling ${sources.join(" and ")}`);
  const { status, err } = await runCommand(compiler, args, place);
  if (status === 0) return;
  place.signal.throwIfAborted();
  const errors = err.split("\n").filter((line) => /error|undefined|cannot find/i.test(line));
  throw new ExpectedError(
    [`${compiler} could not compile the binding (status ${status}):`, ...errors.slice(0, 3)].join(
      "\n  ",
    ),
  );
}

async function findCompiler(place: Workplace): Promise<string> {
  for (const command of [place.env.CXX, "g++", "c++", "clang++"]) {
    if (!command) continue;
    const { status, out } = await runCommand(command, ["--version"], place);
    if (status !== 0) continue;
    place.say(`compiler: ${out.split("\n")[0]}`);
    return command;
  }
  throw new ExpectedError(
    "compiling needs a C++ compiler, and none of $CXX, g++, c++ and clang++ runs; get one by: sudo apt-get install g++",
  );
}

/** Those that came with this Node, of its package, or that node-gyp downloaded. */
async function findHeaders({ env }: Workplace): Promise<string> {
  const cache = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), ".cache");
  const places = [
    join(dirname(dirname(await realpath(process.execPath))), "include/node"),
    join(cache, "node-gyp", process.versions.node, "include/node"),
    "/usr/include/node",
    "/usr/include/nodejs/src",
  ];
  for (const folder of places) if (await exists(join(folder, "node_api.h"))) return folder;
  throw new ExpectedError(
    `compiling needs Node's headers (node_api.h), which are in none of ${places.join(", ")}; get them by: npx --yes node-gyp install`,
  );
}
