import { writeFileSync } from "node:fs";
import type { Reporter } from "vitest/node";
import { type Counts, countsFile } from "./counts.ts";

/** A vitest reporter that says nothing, and leaves what it counted in the file that the environment names. */
export default class CountReporter implements Reporter {
  onTestRunEnd: NonNullable<Reporter["onTestRunEnd"]> = (modules, errors, reason) => {
    const counts: Counts = { passed: 0, failed: 0, success: reason === "passed" && !errors.length };
    for (const one of modules)
      for (const test of one.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed") counts[state] += 1;
      }
    writeFileSync(process.env[countsFile] ?? "", JSON.stringify(counts));
  };
}
