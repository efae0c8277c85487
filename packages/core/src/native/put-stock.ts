import { ExpectedError } from "../errors.ts";
import { repository } from "../flags/paths.ts";
import { runCommand } from "../run-command.ts";
import type { Target } from "./install-native.ts";
import type { Workplace } from "./workplace.ts";

/** Runs the package's own installer, which downloads TensorFlow's library and the binding. */
export async function putStock({ name }: Target, place: Workplace): Promise<void> {
  // npm says where it is itself: on Windows it cannot be started by its name.
  const npm = place.env.npm_execpath;
  const args = ["rebuild", "--ignore-scripts=false", "--foreground-scripts", name];
  place.say(`npm ${args.join(" ")}`);
  const [command, before] = npm ? [process.execPath, [npm]] : ["npm", []];
  const { status } = await runCommand(command, [...before, ...args], {
    cwd: repository,
    ...place,
    shown: true,
  });
  place.signal.throwIfAborted();
  if (status !== 0)
    throw new ExpectedError(
      `the package's own installer failed (status ${status}). It downloads from its makers' storage: a proxy is named by HTTPS_PROXY; else compile by npm run native -- --libtensorflow DIR`,
    );
}
