import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExpectedError } from "../messages/errors.ts";
import { runCommand } from "../stage/run-command.ts";
import { compileBinding } from "./compile-binding.ts";
import { fetchLibrary } from "./fetch-library.ts";
import type { Target } from "./install-native.ts";
import { findLibrary } from "./library.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Compiles a package's binding for TensorFlow's C library, beside what the package has now.
 * @param given a folder, or a tarball on disk or at a URL
 * @returns what puts it in place
 */
export async function compileNative(
  target: Target,
  given: string,
  sha256: string | null,
  place: Workplace,
): Promise<() => Promise<void>> {
  if (process.platform !== "linux")
    throw new ExpectedError(
      "--libtensorflow compiles on Linux only (on Windows: in WSL); leave it out to run the package's own installer",
    );
  const library = await findLibrary(await fetchLibrary(given, sha256, place));
  place.say(`TensorFlow's library: ${library.files.join(", ")}`);
  const staged = join(target.folder, ".staged");
  const binding = join(staged, "lib", `napi-v${target.napi}`, "tfjs_binding.node");
  try {
    await rm(staged, { recursive: true, force: true });
    await mkdir(dirname(binding), { recursive: true });
    await mkdir(join(staged, "deps"));
    await symlink(dirname(library.files[0]), join(staged, "deps/lib"));
    await compileBinding(target, library, binding, place);
    place.say(`compiled; it loads TensorFlow ${await readVersion(binding, place)}`);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
  return async () => {
    await rename(join(staged, "lib"), join(target.folder, "lib"));
    await rename(join(staged, "deps"), join(target.folder, "deps"));
    await rm(staged, { recursive: true });
  };
}

/** Loads a binding in a process of its own, since it may crash. @returns TensorFlow's version */
async function readVersion(binding: string, place: Workplace): Promise<string> {
  const text = `console.log(require(${JSON.stringify(binding)}).TF_Version)`;
  const { status, out, err } = await runCommand(process.execPath, ["--eval", text], place);
  const version = out.trim();
  if (status === 0 && /^\d+\.\d+/.test(version)) return version;
  const said = err.match(/Error: .*/)?.[0] ?? err.trim().split("\n").at(-1);
  const why = said || `its process ended with ${status}`;
  throw new ExpectedError(`the compiled binding does not load: ${why}`);
}
