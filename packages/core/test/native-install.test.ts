import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { part, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { repository } from "../src/logs/paths.ts";
import { ExpectedError } from "../src/messages/errors.ts";
import { compileNative } from "../src/native/compile-native.ts";
import type { Target } from "../src/native/install-native.ts";
import { replaceNative } from "../src/native/replace-native.ts";
import { runCommand } from "../src/stage/run-command.ts";
import { failure, headers, openPlace } from "./native-place.ts";

const gpu = "@tensorflow/tfjs-node-gpu";
const framework = "libtensorflow_framework.so.2";

const old = { "lib/napi-v8/binding": "old", "deps/lib/library": "old" };

/** What a package folder holds of its native part. */
function look(folder: string) {
  return execFileSync("find", [".", "-type", "f"], { cwd: folder, encoding: "utf8" })
    .trim()
    .split("\n")
    .filter((path) => path)
    .map((path) => `${path.slice(2)}: ${readFileSync(join(folder, path), "utf8")}`)
    .sort();
}

describe("replaceNative", () => {
  const kept = ["deps/lib/library: old", "lib/napi-v8/binding: old"];
  const putNew = (folder: string) => async () => {
    mkdirSync(join(folder, "lib"));
    cpSync(import.meta.filename, join(folder, "lib/new"));
  };
  const fail = async () => {
    throw new ExpectedError("it is no good");
  };

  it("takes the old part away once the new one is checked", async () => {
    const folder = tempFolder(old);
    const seen: string[][] = [];
    await replaceNative(folder, putNew(folder), async () => {
      seen.push(look(join(folder, "lib")).map((line) => line.split(":")[0] ?? ""));
    });
    expect(seen).toEqual([["new"]]);
    expect(look(folder).map((line) => line.split(":")[0])).toEqual(["lib/new"]);
  });

  it.each<[string, (folder: string) => () => Promise<void>, () => Promise<void>]>([
    ["the new part cannot be made", () => fail, async () => {}],
    ["the new part is no good", putNew, fail],
  ])("puts the old part back if %s", async (_, put, check) => {
    const folder = tempFolder(old);
    expect(await failure(replaceNative(folder, put(folder), check))).toBe(
      "it is no good; the native part from before is in place again",
    );
    expect(look(folder)).toEqual(kept);
  });

  it("leaves nothing where nothing was", async () => {
    const folder = tempFolder();
    expect(await failure(replaceNative(folder, putNew(folder), fail))).toBe(
      "it is no good; nothing was installed",
    );
    expect(look(folder)).toEqual([]);
  });

  it("first puts back what a killed run left aside", async () => {
    const folder = tempFolder({
      ".before/lib/napi-v8/binding": "old",
      ".before/deps/lib/library": "old",
      "lib/half": "new",
    });
    await failure(replaceNative(folder, fail, fail));
    expect(look(folder)).toEqual(kept);
  });
});

/** A package's binding of a few lines, which asks a library of one function. */
const sources = {
  "binding/tfjs_backend.cc": `extern "C" const char* TF_Version();
    const char* version() { return TF_Version(); }`,
  "binding/tfjs_binding.cc": `#include <node_api.h>
    #include "tensorflow/c/c_api.h"
    const char* version();
    NAPI_MODULE_INIT() {
      napi_value text;
      napi_create_string_utf8(env, version(), NAPI_AUTO_LENGTH, &text);
      napi_set_named_property(env, exports, "TF_Version", text);
      return exports;
    }`,
};

/** A library of one function, compiled. @param code what it is made of */
function makeLibrary(code: string): string {
  const folder = tempFolder({ ...headers, "lib/code.cc": code });
  for (const name of ["libtensorflow.so.2", framework])
    execFileSync("g++", ["-shared", "-fPIC", "lib/code.cc", "-o", `lib/${name}`], { cwd: folder });
  return folder;
}

function toTarget(folder: string): Target {
  return { name: gpu, folder, version: "0", napi: 8 };
}

const hasCompiler = (() => {
  try {
    return execFileSync("g++", ["--version"]).length > 0;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasCompiler)("compileNative", () => {
  const good = 'extern "C" const char* TF_Version() { return "9.9.9"; }';

  it("compiles the package's sources beside what is there, and puts them in place", async () => {
    const place = openPlace();
    const folder = tempFolder(sources);
    const put = await compileNative(toTarget(folder), makeLibrary(good), null, place);
    expect(place.said.at(-1)).toBe("compiled; it loads TensorFlow 9.9.9");
    expect(existsSync(join(folder, "lib"))).toBe(false);
    await put();
    expect(existsSync(join(folder, "lib/napi-v8/tfjs_binding.node"))).toBe(true);
    expect(existsSync(join(folder, "deps/lib/libtensorflow.so.2"))).toBe(true);
    expect(existsSync(join(folder, ".staged"))).toBe(false);
  });

  it.each([
    [
      "a library without the function",
      "",
      sources,
      /^the compiled binding does not load: .*TF_Version/,
    ],
    [
      "sources that do not compile",
      good,
      { ...sources, "binding/tfjs_backend.cc": "int version( {" },
      /^g\+\+ could not compile the binding \(status 1\):\n {2}.*error: /,
    ],
  ])("says why it fails, and leaves nothing: %s", async (_, code, files, message) => {
    const folder = tempFolder(files);
    const place = openPlace({ ...process.env, CXX: "g++" });
    expect(await failure(compileNative(toTarget(folder), makeLibrary(code), null, place))).toMatch(
      message,
    );
    expect(existsSync(join(folder, ".staged"))).toBe(false);
  });

  it("says how to get a compiler", async () => {
    const place = openPlace({ PATH: "/none" });
    const work = compileNative(toTarget(tempFolder(sources)), makeLibrary(good), null, place);
    expect(await failure(work)).toContain("get one by: sudo apt-get install g++");
  });
});

describe.skipIf(part("native") === null || !hasCompiler)("with TensorFlow's own library", () => {
  it("compiles the real binding in a copy of the package, and it multiplies rightly", async () => {
    const real = dirname(createRequire(import.meta.url).resolve(`${gpu}/package.json`));
    const copy = join(tempFolder(), "package");
    const native = [join(real, "lib"), join(real, "deps")];
    cpSync(real, copy, { recursive: true, filter: (path) => !native.includes(path) });
    const library = realpathSync(join(real, "deps/lib"));
    const root = existsSync(join(library, "include")) ? library : dirname(library);
    const place = openPlace();
    await (await compileNative(toTarget(copy), root, null, place))();
    expect(place.said.at(-1)).toMatch(/^compiled; it loads TensorFlow 2\.\d+\.\d+$/);
    const text = `const tf = require(${JSON.stringify(copy)});
      console.log(tf.getBackend(), tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync().join());`;
    const { out } = await runCommand(process.execPath, ["--eval", text], {
      ...place,
      env: { ...process.env, NODE_PATH: join(repository, "node_modules") },
    });
    expect(out.trim()).toBe("tensorflow 19,22,43,50");
  });
});
