// Fails on a circle of imports between files or folders of a package, types included, and on a name
// that two files export. `node scripts/check-house.mjs`
import { readFileSync } from "node:fs";
import {
  findCircles,
  listFiles,
  listPackages,
  listSources,
  readExports,
  readImports,
  show,
  toFolders,
} from "./imports.mjs";

const faults = [];
const exporters = new Map();
let fileCount = 0;
let lineCount = 0;
for (const { name, src } of listPackages()) {
  const files = listSources(src);
  const imports = readImports(files);
  const graphs = { files: imports, folders: toFolders(imports) };
  for (const [what, graph] of Object.entries(graphs))
    for (const circle of findCircles(graph))
      faults.push(`circle of ${what}: ${circle.map(show).join(", ")}`);
  for (const file of files)
    for (const exported of readExports(file))
      exporters.set(exported, [...(exporters.get(exported) ?? []), file]);
  if (name === "testing") continue;
  const all = listFiles(src);
  fileCount += all.length;
  for (const file of all) lineCount += readFileSync(file, "utf8").split("\n").length - 1;
}
for (const [exported, files] of exporters)
  if (files.length > 1) faults.push(`${exported} is exported by ${files.map(show).join(" and ")}`);
console.log(`${fileCount} files, ${lineCount} lines of source without tests`);
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
