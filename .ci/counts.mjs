// Adds up vitest's JSON reports and names what failed: node counts.mjs REPORTS OUTPUT PACKAGE...
// A package without a report, or with one that ran no test, is a failure of its own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [reports, output, ...packages] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const name of packages) {
  try {
    const report = JSON.parse(readFileSync(join(reports, `${name}.json`), "utf8"));
    sum.passed += report.numPassedTests;
    sum.failed += report.numFailedTests;
    sum.skipped += report.numPendingTests + report.numTodoTests;
    for (const file of report.testResults) {
      const failed = file.assertionResults.filter(({ status }) => status === "failed");
      if (file.status === "failed" && failed.length === 0) failed.push(file);
      for (const { fullName, failureMessages, message } of failed)
        console.log(
          `${name}: ${file.name}: ${fullName ?? "not loaded"}\n${(failureMessages?.[0] ?? message).slice(0, 600)}`,
        );
    }
    // A file that could not be loaded has no failed test, only a failed suite.
    if (!report.success && report.numFailedTests === 0) sum.failed += 1;
    if (report.numPassedTests === 0) throw new Error("no test passed");
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    sum.failed += 1;
    process.exitCode = 1;
  }
}
writeFileSync(output, `${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
