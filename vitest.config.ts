import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** CI names a file for vitest's own JSON report: it counts from there. */
const report = process.env.SEEDLING_TEST_REPORT;

/** All packages' tests in one run, so that every core has work until the end. */
export default defineConfig({
  test: {
    projects: ["packages/*/vitest.config.ts"],
    // Vitest leaves one core free; many of these tests wait for processes of their own.
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
