import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { defineConfig } from "vitest/config";
import { bundle } from "./scripts/bundle.mjs";

/** CI sets SEEDLING_TEST_REPORTS to a folder: it counts from vitest's own JSON reports there. */
const reports = process.env.SEEDLING_TEST_REPORTS;
const json = reports ? join(reports, `${basename(process.cwd())}.json`) : null;

/** The packages' TypeScript is tested, not what is built of it. */
const conditions = ["source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    execArgv: ["--conditions=source"],
    include: ["test/**/*.test.ts"],
    // Vitest leaves one core free; most of these tests wait for processes of their own.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Processes and threads run the bundle, as users' do.
    env: { TF_CPP_MIN_LOG_LEVEL: "2", SEEDLING_BUNDLE: await bundle() },
    reporters: json ? ["default", ["json", { outputFile: json }]] : ["default"],
  },
});
