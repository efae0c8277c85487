// The import graph of the packages' sources: what check-house.mjs checks and draw-architecture.mjs draws.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

export const root = resolve(import.meta.dirname, "..");

/** Every file below a folder, as absolute paths. */
export function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Every module below a folder, as absolute paths. */
export function listSources(folder) {
  return listFiles(folder).filter((path) => /(?<!\.d)\.(ts|mjs|js)$/.test(path));
}

/** The `src` folder of every package, by the package's folder name. */
export function listPackages() {
  const packages = join(root, "packages");
  return readdirSync(packages).map((name) => ({ name, src: join(packages, name, "src") }));
}

/** For each file the files of the same package that it imports, types included. */
export function readImports(files) {
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"));
      const targets = importedFiles
        .filter(({ fileName }) => fileName.startsWith("."))
        .map(({ fileName }) => resolve(dirname(file), fileName))
        .filter((target) => known.has(target));
      return [file, [...new Set(targets)]];
    }),
  );
}

/** The graph of folders that a graph of files makes. */
export function toFolders(imports) {
  const folders = new Map();
  for (const [file, targets] of imports) {
    const from = dirname(file);
    const into = folders.get(from) ?? new Set();
    for (const target of targets) if (dirname(target) !== from) into.add(dirname(target));
    folders.set(from, into);
  }
  return new Map(Array.from(folders, ([folder, targets]) => [folder, [...targets]]));
}

/** Circles of a graph: its strongly connected components of more than one node (Tarjan). */
export function findCircles(graph) {
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const circles = [];
  const visit = (node) => {
    order.set(node, order.size);
    lowest.set(node, order.get(node));
    stack.push(node);
    for (const target of graph.get(node) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(node, Math.min(lowest.get(node), lowest.get(target)));
    }
    if (lowest.get(node) !== order.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle);
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}

/** The names that a file exports by declaring them; re-exports do not count. */
export function readExports(file) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const exported = (node) =>
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return source.statements
    .filter(exported)
    .flatMap((statement) =>
      ts.isVariableStatement(statement)
        ? statement.declarationList.declarations.flatMap(({ name }) =>
            ts.isIdentifier(name) ? [name.text] : name.elements.map((one) => one.name.text),
          )
        : statement.name
          ? [statement.name.text]
          : [],
    );
}

/** A path as it is shown: relative to the repository. */
export function show(path) {
  return relative(root, path);
}
