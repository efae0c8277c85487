// Runs an entry of the workspace: node scripts/launch.mjs NAME ARGS... (names are in bundle.mjs)
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";

const [name] = process.argv.splice(2, 1);
const script = join(await bundle(), `${name}.js`);
process.argv[1] = script;
process.setSourceMapsEnabled(true);
await import(pathToFileURL(script).href);
