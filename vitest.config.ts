import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/** CI names a file for vitest's own JSON report: it counts from there. */
const report = process.env.SEEDLING_TEST_REPORT;

const all = ["packages/*/test/**/*.test.ts"];

/** Tests that have a process for each file: WebGPU puts globals into it, and one needs tfjs's own kernels. */
const alone = ["parity*", "encoder-wasm-mat-mul"].map(
  (name) => `packages/trainer/test/${name}.test.ts`,
);

/** All packages' tests in one run, so that every core has work until the end. */
export default defineConfig({
  test: {
    projects: [
      { extends: "./vitest.shared.ts", test: { name: "alone", include: alone } },
      {
        extends: "./vitest.shared.ts",
        test: {
          name: "together",
          include: all,
          exclude: [...configDefaults.exclude, ...alone],
          // A process starts, and evaluates a module, once for all its files instead of once a file.
          isolate: false,
          setupFiles: ["packages/testing/src/release-backend.ts"],
        },
      },
    ],
    // Vitest leaves one core free; many of these tests wait for processes of their own.
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
