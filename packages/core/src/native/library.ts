import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../errors.ts";
import { exists } from "../files.ts";

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

async function missing(folder: string, what: string): Promise<ExpectedError> {
  const entries = await readdir(folder).catch(() => null);
  const found = entries === null ? "no such folder" : `it holds ${entries.join(", ") || "nothing"}`;
  return new ExpectedError(
    `--libtensorflow: expected TensorFlow's C library in ${folder}, with ${what}; ${found}`,
  );
}
