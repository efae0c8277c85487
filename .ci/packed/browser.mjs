// Bundles a script, runs it in Chromium and prints the page's text: node browser.mjs ROOT SCRIPT
// The page has no network: all that it asks for comes from this folder, the runtime of the CDN too.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

const [root, script] = process.argv.slice(2);
const { chromium } = await import(join(root, "node_modules/playwright-core/index.mjs"));
const bundle = ["--bundle", "--format=esm", "--outfile=bundle.js"];
const built = spawnSync(join(root, "node_modules/.bin/esbuild"), [script, ...bundle]);
if (built.status !== 0) throw new Error(String(built.stderr));
const transformers = createRequire(join(process.cwd(), "node_modules/@huggingface/transformers/"));
const runtime = dirname(transformers.resolve("onnxruntime-web"));

/** Finds the file that an address stands for. */
function findFile({ hostname, pathname }) {
  if (hostname !== "localhost") return join(runtime, basename(pathname));
  return pathname.startsWith("/models/") ? pathname.slice("/models/".length) : pathname.slice(1);
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.route("**/*", (route) => {
    const url = new URL(route.request().url());
    const body = '<!doctype html><script type="module" src="/bundle.js"></script>';
    if (url.pathname === "/") return route.fulfill({ contentType: "text/html", body });
    const path = findFile(url);
    return existsSync(path) ? route.fulfill({ path }) : route.fulfill({ status: 404 });
  });
  await page.goto("http://localhost/");
  await page.waitForFunction(() => document.body?.textContent.includes("label"), null, {
    timeout: 60_000,
  });
  console.log(await page.textContent("body"));
} finally {
  await browser.close();
}
