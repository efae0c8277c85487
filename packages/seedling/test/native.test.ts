import { type ExecFileException, execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { repository, sha256 } from "@seedling/core/internal";
import { openServer, part, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";

const gpu = "node_modules/@tensorflow/tfjs-node-gpu";
const framework = "libtensorflow_framework.so.2";
const hex = "ab".repeat(32);

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

/** What the checkout's probe prints of a package that it loads. */
const probe = `import { createRequire } from "node:module";
  try {
    const path = process.cwd() + "/${gpu}/lib/napi-v8/tfjs_binding.node";
    const describe = createRequire(import.meta.url)(path).TF_Version;
    console.log(JSON.stringify({ loads: true, describe, device: "CPU" }));
  } catch (error) {
    console.log(JSON.stringify({ loads: false, reason: error.message.split("\\n")[0] }));
  }`;

const old = { "lib/napi-v8/binding": "old", "deps/lib/library": "old" };

/** A checkout with the script and the package alone. @param files of the package, by path */
function makeCheckout(files: Record<string, string> = {}, launch = probe): string {
  const manifest = JSON.stringify({ version: "0", binary: { napi_versions: [3, 8, 99] } });
  const inside = Object.entries({ "package.json": manifest, ...sources, ...files });
  const folder = tempFolder({
    "scripts/launch.mjs": launch,
    ...Object.fromEntries(inside.map(([path, text]) => [`${gpu}/${path}`, text])),
  });
  cpSync(join(repository, "scripts/native.sh"), join(folder, "scripts/native.sh"));
  return folder;
}

/** Runs the script. @returns its exit code and all that it prints */
async function install(checkout: string, args: string[], env: Record<string, string> = {}) {
  const options = {
    cwd: checkout,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, INIT_CWD: checkout, ...env },
    timeout: 60_000,
  };
  const ended = await promisify(execFile)("bash", ["scripts/native.sh", ...args], options).catch(
    (error: ExecFileException) => error,
  );
  const code = "code" in ended ? ended.code : 0;
  return { code, said: `${ended.stdout}${ended.stderr}` };
}

/** The package's files of its native part. */
function listParts(checkout: string): string[] {
  const folder = join(checkout, gpu);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /^(lib|deps|\.before|\.staged)\b.*[\w.]+$/.test(path))
    .filter(
      (path) =>
        !readdirSync(dirname(join(folder, path)), { withFileTypes: true }).some(
          (one) => one.name === path.split("/").at(-1) && one.isDirectory(),
        ),
    )
    .sort();
}

const headers = { "include/tensorflow/c/c_api.h": "", "include/tensorflow/c/eager/c_api.h": "" };

/** Libraries by their code: compiling takes longer than most of these tests. */
const compiled = new Map<string, Buffer>();

/** A library of one function, compiled. @param code what it is made of */
function makeLibrary(code: string): string {
  const folder = tempFolder({ ...headers, "lib/code.cc": code });
  const library = join(folder, "lib/libtensorflow.so.2.1");
  const known = compiled.get(code);
  if (known) writeFileSync(library, known);
  else {
    execFileSync("g++", ["-shared", "-fPIC", "lib/code.cc", "-o", library], { cwd: folder });
    compiled.set(code, readFileSync(library));
  }
  cpSync(library, join(folder, "lib", framework));
  symlinkSync("libtensorflow.so.2.1", join(folder, "lib/libtensorflow.so.2"));
  symlinkSync("libtensorflow.so.2", join(folder, "lib/libtensorflow.so"));
  return folder;
}

const good = 'extern "C" const char* TF_Version() { return "9.9.9"; }';

const hasCompiler = (() => {
  try {
    return execFileSync("g++", ["--version"]).length > 0;
  } catch {
    return false;
  }
})();

describe("npm run native", () => {
  it.each([
    [["--sha256", hex], "--sha256 checks the tarball that --libtensorflow names; give both"],
    [
      ["--libtensorflow", "x", "--sha256", "12"],
      "--sha256: expected 64 hexadecimal digits, got 12",
    ],
    [["--package", "left-pad"], "--package: expected @tensorflow/tfjs-node-gpu or"],
    [["./tf"], "expected --libtensorflow, --sha256 or --package, got ./tf"],
    [["--libtensorflow"], "--libtensorflow: expected a value"],
  ])("refuses %j", async (args, message) => {
    const { code, said } = await install(makeCheckout(), args);
    expect(code).toBe(2);
    expect(said).toContain(message);
  });

  it("shows no key, token, password or control character, and gives its children no keys", async () => {
    const bin = tempFolder({ curl: '#!/bin/sh\nenv\nprintf "\\033[2J%s\\n" "$*"\nexit 22\n' });
    chmodSync(join(bin, "curl"), 0o755);
    const address = "https://me:hidden@127.0.0.1:9/a.tar.gz?sig=hidden#s3cr3t-value";
    const { code, said } = await install(makeCheckout(), ["--libtensorflow", address], {
      PATH: `${bin}:${process.env.PATH}`,
      ...{ HF_TOKEN: "hidden-1", OPENAI_API_KEY: "hidden-2", MY_SECRET: "s3cr3t-value" },
    });
    expect(code).toBe(1);
    expect(said).not.toMatch(/hidden|s3cr3t/);
    expect(said).toContain(
      "downloading https://127.0.0.1:9/a.tar.gz?sig=[removed]#[key removed]\n",
    );
    expect(said).toContain("\\u001b[2J--fail");
    expect(said).toContain("INIT_CWD=");
  });

  it.each(["ftp://me:hidden@host/a.tar.gz", "https:/me:hidden@host/a.tar.gz", "FTP:/me:hidden@h"])(
    "refuses the address %s without its password",
    async (address) => {
      const { code, said } = await install(makeCheckout(), ["--libtensorflow", address]);
      expect(code).toBe(2);
      expect(said).toContain("--libtensorflow: expected a folder, a .tar.gz or an http(s) address");
      expect(said).not.toContain("hidden");
    },
  );

  it("has a help text with every flag", async () => {
    const { code, said } = await install(makeCheckout(), ["--help"]);
    expect(code).toBe(0);
    for (const flag of ["--libtensorflow", "--sha256", "--package"]) expect(said).toContain(flag);
  });

  it("says that the package is not installed", async () => {
    const { code, said } = await install(makeCheckout(), ["--package", "@tensorflow/tfjs-node"]);
    expect(code).toBe(1);
    expect(said).toContain("@tensorflow/tfjs-node is not installed; first run: npm ci");
  });
});

describe.skipIf(process.platform !== "linux")("a library", () => {
  const give = (files: Record<string, string>, links: string[] = []) => {
    const folder = tempFolder(files);
    for (const name of links) symlinkSync("/none", join(folder, name));
    return install(makeCheckout(), ["--libtensorflow", folder]);
  };

  it.each<[string, Record<string, string>, string]>([
    [
      "no headers",
      { "lib/libtensorflow.so.2": "" },
      "with include/tensorflow/c/c_api.h; it holds lib",
    ],
    [
      "no framework library",
      { ...headers, "lib/libtensorflow.so.2": "" },
      `with lib/libtensorflow.so.2 and lib/${framework}; it holds include lib`,
    ],
    ["nothing", {}, "with include/tensorflow/c/c_api.h; it holds nothing"],
  ])("that lacks something is refused: %s", async (_, files, message) => {
    const { code, said } = await give(files);
    expect(code).toBe(1);
    expect(said).toContain(message);
  });

  it("is found in a folder inside, which is named", async () => {
    const inside = Object.keys(headers).map((path) => [`tensorflow/${path}`, ""]);
    const folder = tempFolder({ done: "", ...Object.fromEntries(inside) });
    const { said } = await install(makeCheckout(), ["--libtensorflow", folder]);
    expect(said).toContain(`it holds done tensorflow; give ${folder}/tensorflow, which has the`);
  });

  it("that is nowhere is refused, and a hash for a folder", async () => {
    const checkout = makeCheckout();
    const nowhere = await install(checkout, ["--libtensorflow", "none"]);
    expect(nowhere.said).toContain(`--libtensorflow: no file or folder ${checkout}/none`);
    const folder = await install(checkout, ["--libtensorflow", ".", "--sha256", hex]);
    expect(folder.said).toContain(`--sha256 checks a tarball, and ${checkout} is a folder`);
  });

  /** A tarball of a library, on a server. */
  async function serve(answer: (tarball: Buffer) => [number, Buffer, number?], code = "") {
    const tarball = execFileSync("tar", ["-czf", "-", "-C", makeLibrary(code), "."]);
    const [status, body, length = body.length] = answer(tarball);
    let asked = 0;
    const url = await openServer((_, response) => {
      asked++;
      response.writeHead(status, { "content-length": length, connection: "close" });
      response.write(body, () => (length > body.length ? response.destroy() : response.end()));
    });
    return { url: `${url}/libtensorflow-9.9.tar.gz`, hash: sha256(tarball), asked: () => asked };
  }

  it.skipIf(!hasCompiler)("is downloaded, checked, unpacked, compiled for and kept", async () => {
    const { url, hash, asked } = await serve((tarball) => [200, tarball], good);
    const checkout = makeCheckout(old);
    const secret = url.replace("//", "//me:hidden@");
    const args = ["--libtensorflow", secret, "--sha256", hash];
    const first = await install(checkout, args);
    expect(first.said).toContain(`SHA-256 ${hash}, as expected`);
    expect(first.said).toContain("it loads and multiplies rightly: 9.9.9");
    expect(first.said).not.toContain("hidden");
    expect(first.code).toBe(0);
    const folder = `libtensorflow-9.9-${hash.slice(0, 8)}`;
    expect(readdirSync(join(checkout, "data/libtensorflow"))).toEqual([folder]);
    expect(existsSync(join(checkout, gpu, "deps/lib/libtensorflow.so.2"))).toBe(true);
    expect(existsSync(join(checkout, gpu, "lib/napi-v8/tfjs_binding.node"))).toBe(true);
    for (const name of ["lib/napi-v8/binding", ".before", ".staged"])
      expect(existsSync(join(checkout, gpu, name))).toBe(false);
    const again = await install(checkout, args);
    expect(again.said).toContain("fetched before");
    expect({ code: again.code, asked: asked() }).toEqual({ code: 0, asked: 1 });
  });

  it
    .skipIf(!hasCompiler)
    .each<[string, (tarball: Buffer) => [number, Buffer, number?], string | null, string]>([
      ["a bad status", () => [404, Buffer.from("no")], null, "check the address"],
      ["a wrong hash", (tarball) => [200, tarball], hex, `expected SHA-256 ${hex}, got `],
      [
        "a truncated tarball",
        (tarball) => [200, tarball.subarray(0, tarball.length / 2)],
        null,
        "expected a whole .tar.gz, and it does not unpack",
      ],
      ["a page in its place", () => [200, Buffer.from("<html>Sign in")], null, "does not unpack"],
      [
        "a connection that breaks",
        (tarball) => [200, tarball.subarray(0, 200), tarball.length],
        null,
        "cannot download ",
      ],
    ])("that arrives as %s leaves nothing", async (_, answer, hash, message) => {
    const { url } = await serve(answer);
    const checkout = makeCheckout(old);
    const args = ["--libtensorflow", url, ...(hash === null ? [] : ["--sha256", hash])];
    const { code, said } = await install(checkout, args);
    expect(code).toBe(1);
    expect(said).toContain(message);
    expect(readdirSync(join(checkout, "data/libtensorflow"))).toEqual([]);
    expect(listParts(checkout)).toEqual(["deps/lib/library", "lib/napi-v8/binding"]);
  });
});

describe.skipIf(!hasCompiler || process.platform !== "linux")("what was there", () => {
  const kept = ["deps/lib/library", "lib/napi-v8/binding"];

  it.each([
    [
      "the library lacks the function",
      "",
      {},
      /the new native part (does not load|ends its process): .*TF_Version/,
    ],
    [
      "the sources do not compile",
      good,
      { "binding/tfjs_backend.cc": "int version( {" },
      /error: [\s\S]*could not compile the binding/,
    ],
  ])("is there again if %s", async (_, code, files, message) => {
    const checkout = makeCheckout({ ...old, ...files });
    const ended = await install(checkout, ["--libtensorflow", makeLibrary(code)], { CXX: "g++" });
    expect(ended.code).toBe(1);
    expect(ended.said).toMatch(message);
    expect(listParts(checkout)).toEqual(kept);
    expect(readFileSync(join(checkout, gpu, kept[0] ?? ""), "utf8")).toBe("old");
  });

  it("is there again if the package's own installer fails", async () => {
    const checkout = makeCheckout(old);
    const bin = tempFolder({ npm: "#!/bin/sh\nexit 3\n" });
    execFileSync("chmod", ["+x", join(bin, "npm")]);
    const ended = await install(checkout, [], { PATH: `${bin}:${process.env.PATH}` });
    expect(ended.code).toBe(1);
    expect(ended.said).toContain("the package's own installer failed");
    expect(ended.said).toContain("the native part from before is in place again");
    expect(listParts(checkout)).toEqual(kept);
  });

  it("is nothing where nothing was", async () => {
    const checkout = makeCheckout();
    const ended = await install(checkout, ["--libtensorflow", makeLibrary("")]);
    expect(ended.said).toContain("nothing was installed");
    expect(listParts(checkout)).toEqual([]);
  });

  it("is first put back where a killed run left it aside", async () => {
    const files = { ".before/lib/napi-v8/binding": "old", ".before/deps/lib/library": "old" };
    const checkout = makeCheckout({ ...files, "lib/half": "new" });
    await install(checkout, ["--libtensorflow", makeLibrary("")]);
    expect(listParts(checkout)).toEqual(kept);
  });

  it("is there again after an interrupt", async () => {
    // Ctrl+C reaches every process of the terminal.
    const launch = `import { execSync } from "node:child_process";
      const parent = Number(execSync("ps -o ppid= -p " + process.ppid));
      for (const pid of [parent, process.ppid, process.pid]) process.kill(pid, "SIGINT");`;
    const checkout = makeCheckout(old, launch);
    const { code } = await install(checkout, ["--libtensorflow", makeLibrary(good)]);
    expect(code).toBe(130);
    expect(listParts(checkout)).toEqual(kept);
  });

  it("says how to get a compiler", async () => {
    const bin = tempFolder();
    const tools = ["bash", "node", "sed", "dirname", "basename", "uname", "realpath", "cut", "rm"];
    for (const name of [...tools, "mv", "mkdir", "ls", "cat"])
      symlinkSync(execFileSync("which", [name], { encoding: "utf8" }).trim(), join(bin, name));
    const ended = await install(makeCheckout(), ["--libtensorflow", makeLibrary(good)], {
      PATH: bin,
    });
    expect(ended.said).toContain("get one by: sudo apt-get install g++");
  });
});

describe.skipIf(part("native") === null || !hasCompiler)("with TensorFlow's own library", () => {
  it("compiles the real binding in a copy of the package, and it multiplies rightly", async () => {
    const real = dirname(
      createRequire(import.meta.url).resolve("@tensorflow/tfjs-node-gpu/package.json"),
    );
    const launch = `import { createRequire } from "node:module";
      const tf = createRequire(import.meta.url)(process.cwd() + "/${gpu}");
      const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync().join();
      console.log(JSON.stringify({ loads: true, describe: tf.getBackend() + " " + product, device: "CPU" }));`;
    const checkout = makeCheckout({}, launch);
    const native = [join(real, "lib"), join(real, "deps")];
    mkdirSync(join(checkout, gpu), { recursive: true });
    cpSync(real, join(checkout, gpu), {
      recursive: true,
      filter: (path) => !native.includes(path),
    });
    const library = realpathSync(join(real, "deps/lib"));
    const root = existsSync(join(library, "include")) ? library : dirname(library);
    const { code, said } = await install(checkout, ["--libtensorflow", root], {
      NODE_PATH: join(repository, "node_modules"),
    });
    expect(said).toContain("it loads and multiplies rightly: tensorflow 19,22,43,50");
    expect(code).toBe(0);
  });
});
