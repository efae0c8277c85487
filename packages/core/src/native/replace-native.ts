import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";

/** Where a package keeps its binding, and the library that this needs. */
const parts = ["lib", "deps"];

/**
 * Replaces a package's native part, or leaves it as it was: the old one is moved aside, and moved back
 * if anything fails. One that a killed run left aside is moved back first.
 * @param put makes the new part in the package's folder
 * @param check throws if the new part is no good
 */
export async function replaceNative(
  folder: string,
  put: () => Promise<void>,
  check: () => Promise<void>,
): Promise<void> {
  const aside = join(folder, ".before");
  await move(aside, folder);
  await mkdir(aside, { recursive: true });
  await move(folder, aside);
  try {
    await put();
    await check();
  } catch (error) {
    const before = await exists(join(aside, "lib"));
    for (const part of parts) await rm(join(folder, part), { recursive: true, force: true });
    await move(aside, folder);
    if (!(error instanceof ExpectedError)) throw error;
    const now = before ? "the native part from before is in place again" : "nothing was installed";
    throw new ExpectedError(`${error.message}; ${now}`, { cause: error });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Moves what parts a folder has over those of another. */
async function move(from: string, to: string): Promise<void> {
  for (const part of parts) {
    if (!(await exists(join(from, part)))) continue;
    await rm(join(to, part), { recursive: true, force: true });
    await rename(join(from, part), join(to, part));
  }
}
