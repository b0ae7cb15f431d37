// Sums Vitest's JSON reports, one per Node version, and prints the line that the check ends with.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"

const maxLines = 120

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
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  passed += tests.filter(({ status }) => status === "passed").length
  skipped += tests.filter(({ status }) => status === "skipped" || status === "todo").length
  // A file that cannot be loaded counts as one failure.
  failed += report.success ? report.numFailedTests : Math.max(1, report.numFailedTests)
  for (const file of report.testResults) {
    // Those of a process that died under them are neither passed nor failed.
    for (const test of file.assertionResults.filter(({ status }) => status === "pending")) {
      failed++
      complaints.push(`Node ${run}: ${file.name}: "${test.fullName}" did not end`)
    }
    if (file.status !== "failed") continue
    complaints.push(`Node ${run}: ${file.name}${file.message ? `: ${file.message}` : ""}`)
    for (const test of file.assertionResults.filter(({ status }) => status === "failed")) {
      complaints.push(`  ${test.fullName}`, ...test.failureMessages.map((message) => `    ${message.slice(0, 2000)}`))
    }
  }
  const unrun = tests
    .filter(({ status }) => status === "skipped" || status === "todo")
    .filter((test) => /postgres/i.test(test.fullName) && !/pglite/i.test(test.fullName))
  for (const test of unrun) {
    failed++
    skipped--
    complaints.push(`Node ${run}: "${test.fullName}" was skipped, which this check does not allow`)
  }
  complaints.push(...outsideErrors(run))
}
if (runs.length === 0) complaints.push("no test ran")
for (const complaint of complaints) console.log(complaint)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

/** What the run printed of errors outside of any test, which its report leaves out. */
function outsideErrors(run) {
  const lines = stripVTControlCharacters(readFileSync(join(folder, `${run}.txt`), "utf8")).split("\n")
  const begin = lines.findIndex((line) => line.includes("Unhandled Error"))
  return begin < 0 ? [] : [`Node ${run}:`, ...lines.slice(begin, begin + maxLines)]
}
