import { cpSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@seedling/core/internal";
import { startScript, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { entries, pages } from "../../../scripts/bundle.mjs";

/** A workspace with the launcher and entries that do nothing but the given one. */
function makeWorkspace(bin: string): string {
  const empty = [...Object.values(entries), ...Object.values(pages)].map((path) => [path, ""]);
  const folder = tempFolder({
    "benchmarks/none.md": "",
    "package-lock.json": "{}",
    "node_modules/none": "",
    ...Object.fromEntries(empty),
    [entries.seedling]: bin,
  });
  for (const name of ["bundle.mjs", "launch.mjs"])
    cpSync(join(repository, "scripts", name), join(folder, "scripts", name));
  symlinkSync(join(repository, "node_modules/esbuild"), join(folder, "node_modules/esbuild"));
  return folder;
}

function launch(workspace: string, ...args: string[]) {
  return startScript(join(workspace, "scripts/launch.mjs"), ["seedling", ...args]).ended;
}

const listBundles = (workspace: string) =>
  readdirSync(join(workspace, "node_modules/.cache/seedling"));

describe("the launcher", () => {
  it("runs an entry with its arguments, bundled once however many start at once", async () => {
    const workspace = makeWorkspace("console.log(process.argv.slice(2).join());");
    const ends = await Promise.all(["a", "b", "c"].map((name) => launch(workspace, name, "x")));
    expect(ends.map(({ code, out, err }) => ({ code, out, err }))).toEqual(
      ["a,x\n", "b,x\n", "c,x\n"].map((out) => ({ code: 0, out, err: "" })),
    );
    expect(listBundles(workspace)).toHaveLength(1);
  });

  it("bundles again where a source file has changed, and leaves the bundle that may still run", async () => {
    const workspace = makeWorkspace('console.log("one");');
    expect((await launch(workspace)).out).toBe("one\n");
    writeFileSync(join(workspace, "packages/seedling/src/bin.ts"), 'console.log("another");');
    expect((await launch(workspace)).out).toBe("another\n");
    expect(listBundles(workspace)).toHaveLength(2);
  });

  it("shows the place in the source in a bug's stack", async () => {
    const workspace = makeWorkspace('type None = never;\n\nthrow new Error("a bug");');
    const { code, err } = await launch(workspace);
    expect(code).toBe(1);
    expect(err).toContain("packages/seedling/src/bin.ts:3");
  });
});
