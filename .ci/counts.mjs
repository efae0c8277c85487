// Reads vitest's JSON report and names what failed: node counts.mjs REPORT OUTPUT PACKAGE...
// A package that ran no test is a failure of its own.
import { readFileSync, writeFileSync } from "node:fs";

const [path, output, ...packages] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
try {
  const report = JSON.parse(readFileSync(path, "utf8"));
  sum.passed = report.numPassedTests;
  sum.failed = report.numFailedTests;
  sum.skipped = report.numPendingTests + report.numTodoTests;
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    // A file that could not be loaded has no failed test, only a failed suite.
    if (file.status === "failed" && failed.length === 0) {
      failed.push(file);
      sum.failed += 1;
    }
    for (const { fullName, failureMessages, message } of failed) {
      const reason = (failureMessages?.[0] ?? message).slice(0, 600);
      console.log(`${file.name}: ${fullName ?? "not loaded"}\n${reason}`);
    }
  }
  for (const name of packages) {
    const own = report.testResults.filter((file) => file.name.includes(`/packages/${name}/`));
    if (own.some((file) => file.assertionResults.some(({ status }) => status === "passed")))
      continue;
    console.error(`${name}: no test passed`);
    sum.failed += 1;
  }
} catch (error) {
  console.error(`${path}: ${error.message}`);
  sum.failed += 1;
}
if (sum.failed > 0) process.exitCode = 1;
writeFileSync(output, `${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
