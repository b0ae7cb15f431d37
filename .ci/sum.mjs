// Sums Vitest's JSON reports, one per Node version, and prints the line that the check ends with.
import { readFileSync } from "node:fs"
import { join } from "node:path"

const [folder, ...runs] = process.argv.slice(2)
let passed = 0
let failed = 0
let skipped = 0
const complaints = []

for (const run of runs) {
  let report
  try {
    report = JSON.parse(readFileSync(join(folder, `${run}.json`), "utf8"))
  } catch {
    failed++
    complaints.push(`Node ${run}: the test run left no report`)
    continue
  }
  passed += report.numPassedTests
  skipped += report.numPendingTests + report.numTodoTests
  // A file that cannot be loaded, or an error outside of any test, counts as one failure.
  failed += report.success ? report.numFailedTests : Math.max(1, report.numFailedTests)
  for (const file of report.testResults) {
    if (file.status !== "failed") continue
    complaints.push(`Node ${run}: ${file.name}${file.message ? `: ${file.message}` : ""}`)
    for (const test of file.assertionResults.filter(({ status }) => status === "failed")) {
      complaints.push(`  ${test.fullName}`, ...test.failureMessages.map((message) => `    ${message.slice(0, 2000)}`))
    }
  }
  const unrun = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => !["passed", "failed"].includes(test.status))
    .filter((test) => /postgres/i.test(test.fullName) && !/pglite/i.test(test.fullName))
  for (const test of unrun) {
    failed++
    skipped--
    complaints.push(`Node ${run}: "${test.fullName}" was skipped, which this check does not allow`)
  }
}
if (runs.length === 0) complaints.push("no test ran")
for (const complaint of complaints) console.log(complaint)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
