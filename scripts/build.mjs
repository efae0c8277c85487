// Builds dist/ of every package, as `npm pack` takes it: JavaScript by esbuild, types by tsc. `npm run build`
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { build } from "esbuild";
import { buildPages, entries, options } from "./bundle.mjs";

const root = resolve(import.meta.dirname, "..");
const packages = ["core", "creator", "trainer", "eval", "seedling"];

const types = mkdtempSync(join(tmpdir(), "seedling-types-"));
try {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "--project", "tsconfig.build.json", "--outDir", types];
  execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  for (const name of packages) await buildPackage(name);
} finally {
  rmSync(types, { recursive: true });
}

async function buildPackage(name) {
  const folder = join(root, "packages", name);
  const [src, dist] = [join(folder, "src"), join(folder, "dist")];
  rmSync(dist, { recursive: true, force: true });
  const doors = ["index", "internal", "bin"].map((door) => [door, join(src, `${door}.ts`)]);
  const scripts = Object.entries(entries).map(([entry, path]) => [entry, join(root, path)]);
  const started = scripts.filter(([entry, path]) => path.startsWith(`${src}/`) && /-/.test(entry));
  await build({
    ...options(),
    entryPoints: Object.fromEntries([...doors, ...started].filter(([, path]) => existsSync(path))),
    outdir: dist,
    splitting: true,
    packages: "external",
    external: [],
    banner: {},
  });
  await buildPages(dist, `packages/${name}`);
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true }))
    if (extname(entry.name) === ".css")
      cpSync(join(entry.parentPath, entry.name), join(dist, basename(entry.name)));
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  if (name === "seedling") cpSync(join(root, "docs"), join(folder, "docs"), { recursive: true });
  cpSync(join(types, "packages", name, "src"), dist, { recursive: true });
}
