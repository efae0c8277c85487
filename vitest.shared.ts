import { defineConfig } from "vitest/config";
import { bundle } from "./scripts/bundle.mjs";

/** The packages' TypeScript is tested, not what is built of it. */
const conditions = ["source"];

/** What every package's tests have in common. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    execArgv: ["--conditions=source"],
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Processes and threads run the bundle, as users' do.
    env: { TF_CPP_MIN_LOG_LEVEL: "2", SEEDLING_BUNDLE: await bundle() },
  },
});
