import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "../logs/paths.ts";
import { ExpectedError } from "../messages/errors.ts";
import { runCommand } from "../stage/run-command.ts";
import type { Target } from "./install-native.ts";
import type { Workplace } from "./workplace.ts";

/** Runs the package's own installer, which downloads TensorFlow's library and the binding. */
export async function putStock({ name, folder, napi }: Target, place: Workplace): Promise<void> {
  const manifest = join(folder, "package.json");
  const text = await readFile(manifest);
  const args = ["rebuild", "--ignore-scripts=false", "--foreground-scripts", name];
  place.say(`npm ${args.join(" ")}`);
  // npm says where it is itself: on Windows it cannot be started by its name.
  const npm = place.env.npm_execpath;
  const [command, script] = npm ? [process.execPath, [npm]] : ["npm", []];
  const { status } = await runCommand(command, [...script, ...args], {
    cwd: repository,
    ...place,
    shown: true,
  });
  // The installer writes into these, and may leave them half done.
  await rm(join(folder, `build-tmp-napi-v${napi}`), { recursive: true, force: true });
  await writeFile(manifest, text);
  place.signal.throwIfAborted();
  if (status !== 0)
    throw new ExpectedError(
      `the package's own installer failed (status ${status}). It downloads from its makers' storage: a proxy is named by HTTPS_PROXY; else compile by npm run native -- --libtensorflow DIR`,
    );
}
