import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";

/** TensorFlow's C library, unpacked. */
export interface Library {
  /** Holds `tensorflow/c/c_api.h`. */
  include: string;
  /** What a binding links with; all in one folder. */
  files: [string, string];
}

/** The official tarballs' way, and the Python packages'. */
const names = ["libtensorflow.so.2", "libtensorflow_cc.so.2"];
const framework = "libtensorflow_framework.so.2";

/**
 * Finds headers and libraries in a folder, laid out as in the official tarballs or as in Python's packages.
 * @throws ExpectedError saying what is missing
 */
export async function findLibrary(folder: string): Promise<Library> {
  const include = join(folder, "include");
  for (const header of ["tensorflow/c/c_api.h", "tensorflow/c/eager/c_api.h"])
    if (!(await exists(join(include, header)))) throw await missing(folder, `include/${header}`);
  for (const place of [join(folder, "lib"), folder]) {
    for (const name of names) {
      const files: Library["files"] = [join(place, name), join(place, framework)];
      if ((await exists(files[0])) && (await exists(files[1]))) return { include, files };
    }
  }
  throw await missing(folder, `lib/${names[0]} and lib/${framework}`);
}

/** So many names of a folder are told. */
const mostNames = 8;

async function missing(folder: string, what: string): Promise<ExpectedError> {
  const names = (await readdir(folder).catch(() => null))?.sort() ?? null;
  return new ExpectedError(
    `--libtensorflow: expected TensorFlow's C library in ${folder}, with ${what}; ${names ? renderNames(names) : "no such folder"}${await toHint(folder, names ?? [])}`,
  );
}

function renderNames(names: readonly string[]): string {
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  return `it holds ${names.slice(0, mostNames).join(", ") || "nothing"}${more}`;
}

/** Where a folder inside looks like the library, its path to be given instead. */
async function toHint(folder: string, names: readonly string[]): Promise<string> {
  for (const name of names)
    if (await exists(join(folder, name, "include/tensorflow/c/c_api.h")))
      return `; give ${join(folder, name)}, which has the headers`;
  return "";
}
