import { join } from "node:path";
import { build } from "esbuild";

/** The page's own script: the modules of `page/` as one, for browsers of the last years. */
export async function bundlePageScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "page", "main.ts")],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
  });
  // A closing tag within the script would end it; within a string the escape means the same.
  return (outputFiles[0]?.text ?? "").replaceAll("</", "<\\/");
}
