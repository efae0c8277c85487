import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { sha256 } from "../src/logs/hash.ts";
import { fetchLibrary } from "../src/native/fetch-library.ts";
import { findLibrary } from "../src/native/library.ts";
import { failure, headers, openPlace } from "./native-place.ts";

const hex = "ab".repeat(32);

const framework = "libtensorflow_framework.so.2";

describe("findLibrary", () => {
  it.each([
    ["an official tarball's layout", "lib/libtensorflow.so.2", `lib/${framework}`],
    ["a Python package's layout", "libtensorflow_cc.so.2", framework],
  ])("knows %s", async (_, library, other) => {
    const folder = tempFolder({ ...headers, [library]: "", [other]: "" });
    expect(await findLibrary(folder)).toEqual({
      include: join(folder, "include"),
      files: [join(folder, library), join(folder, other)],
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "no headers",
      { "lib/libtensorflow.so.2": "" },
      "with include/tensorflow/c/c_api.h; it holds lib",
    ],
    [
      "no framework library",
      { ...headers, "lib/libtensorflow.so.2": "" },
      `with lib/libtensorflow.so.2 and lib/${framework}; it holds include, lib`,
    ],
    ["nothing", {}, "with include/tensorflow/c/c_api.h; it holds nothing"],
    [
      "most of many files",
      Object.fromEntries(Array.from("jihgfedcba", (name) => [name, ""])),
      "; it holds a, b, c, d, e, f, g, h and 2 more",
    ],
  ])("says what is missing: %s", async (_, files, message) => {
    expect(await failure(findLibrary(tempFolder(files)))).toContain(message);
  });

  it("names the folder inside that has the headers", async () => {
    const inside = Object.keys(headers).map((path) => [`tensorflow/${path}`, ""]);
    const folder = tempFolder({ done: "", ...Object.fromEntries(inside) });
    expect(await failure(findLibrary(folder))).toMatch(
      `; it holds done, tensorflow; give ${join(folder, "tensorflow")}, which has the headers`,
    );
  });

  it("says that a folder is not there", async () => {
    expect(await failure(findLibrary("/none/here"))).toContain("no such folder");
  });
});

/** A tarball of a library of a few bytes, with the official ones' link to a link. */
function packLibrary(): Buffer {
  const folder = tempFolder({ ...headers, "lib/libtensorflow.so.2.1": "x".repeat(100_000) });
  symlinkSync("libtensorflow.so.2.1", join(folder, "lib/libtensorflow.so.2"));
  symlinkSync("libtensorflow.so.2", join(folder, "lib/libtensorflow.so"));
  return execFileSync("tar", ["-czf", "-", "-C", folder, "."]);
}

describe("fetchLibrary", () => {
  it("downloads, checks and unpacks a tarball, and does not fetch it again", async () => {
    const tarball = packLibrary();
    let asked = 0;
    const url = await openServer((_, response) => {
      asked++;
      response.writeHead(200, { "content-length": tarball.length, connection: "close" });
      response.end(tarball);
    });
    const place = openPlace();
    const hash = sha256(tarball);
    const folder = await fetchLibrary(`${url}/libtensorflow-9.9.tar.gz`, hash, place);
    expect(folder).toBe(join(place.libraries, `libtensorflow-9.9-${hash.slice(0, 8)}`));
    expect(readFileSync(join(folder, "lib/libtensorflow.so"), "utf8")).toHaveLength(100_000);
    expect(place.said).toContain(`SHA-256 ${hash}, as expected`);
    expect(await fetchLibrary(`${url}/libtensorflow-9.9.tar.gz`, hash, place)).toBe(folder);
    expect(asked).toBe(1);
    expect(execFileSync("ls", [place.libraries], { encoding: "utf8" }).trim().split("\n")).toEqual([
      `libtensorflow-9.9-${hash.slice(0, 8)}`,
    ]);
  });

  it.each<[string, (tarball: Buffer) => [number, Buffer, number?], string | null, string]>([
    ["a bad status", () => [404, Buffer.from("no")], null, "status 404; check the address"],
    ["a wrong hash", (tarball) => [200, tarball], hex, `expected SHA-256 ${hex}, got `],
    [
      "a truncated tarball",
      (tarball) => [200, tarball.subarray(0, tarball.length / 2)],
      null,
      "expected a whole .tar.gz, and it does not unpack (",
    ],
    [
      "a page in its place",
      () => [200, Buffer.from("<html>Sign in</html>")],
      null,
      "expected a whole .tar.gz, and it does not unpack (",
    ],
    [
      "a connection that breaks",
      (tarball) => [200, tarball.subarray(0, 200), tarball.length],
      null,
      "cannot download ",
    ],
  ])("keeps nothing of %s", async (_, answer, hash, message) => {
    const [status, body, length = body.length] = answer(packLibrary());
    const url = await openServer((_, response) => {
      response.writeHead(status, { "content-length": length });
      response.write(body, () => (length > body.length ? response.destroy() : response.end()));
    });
    const place = openPlace();
    expect(await failure(fetchLibrary(`${url}/x.tar.gz`, hash, place))).toContain(message);
    expect(execFileSync("ls", [place.libraries], { encoding: "utf8" })).toBe("");
  });

  it("takes a folder as it is, and unpacks a tarball on disk", async () => {
    const place = openPlace();
    expect(await fetchLibrary(".", null, place)).toBe(place.from);
    const tarball = packLibrary();
    const folder = tempFolder();
    execFileSync("tee", [join(folder, "tf.tgz")], { input: tarball, stdio: "pipe" });
    const unpacked = await fetchLibrary(join(folder, "tf.tgz"), null, place);
    expect(unpacked).toBe(join(place.libraries, `tf-${sha256(tarball).slice(0, 8)}`));
    expect(place.said).toContain(`SHA-256 ${sha256(tarball)}, unchecked without --sha256`);
  });

  it("refuses a hash for a folder, and a path that leads nowhere", async () => {
    const place = openPlace();
    expect(await failure(fetchLibrary(".", hex, place))).toContain("--sha256 checks a tarball");
    expect(await failure(fetchLibrary("none", null, place))).toContain(
      `no file or folder ${join(place.from, "none")}`,
    );
  });
});
