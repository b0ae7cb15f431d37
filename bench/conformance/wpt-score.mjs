// Of the subtests that one run of the web-platform-tests passed, the share that another passes too, area by area:
//   node bench/conformance/wpt-score.mjs <reference.json> <ours.json> [<workerd.json> ...] [--areas url,headers] [-v]
// -v lists what the reference passes and ours does not; areas of which ours ran no file are left out. Others stand beside
// ours under the names of their files; what they did not run counts as not passed.
import { readFileSync } from "node:fs"
import { basename } from "node:path"
import { parseArgs } from "node:util"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { areas: { type: "string" }, verbose: { type: "boolean", short: "v" } },
})
const [reference, ours, ...others] = positionals.map((file) => JSON.parse(readFileSync(file, "utf8")))
const names = positionals.slice(2).map((file) => basename(file, ".json"))
const wanted = values.areas?.split(",")

const passed = 0
const scores = {}
for (const [file, expected] of Object.entries(reference)) {
  const { area } = expected
  if (!(file in ours) || (wanted && !wanted.includes(area))) continue
  const runs = [ours, ...others].map((run) => countNames(run[file]?.tests ?? []))
  scores[area] ??= { files: 0, reference: 0, passed: runs.map(() => 0) }
  const score = scores[area]
  score.files++
  for (const [key, test] of countNames(expected.tests)) {
    if (test.status !== passed) continue
    score.reference++
    for (const [index, run] of runs.entries()) if (run.get(key)?.status === passed) score.passed[index]++
    const own = runs[0].get(key)
    if (values.verbose && own?.status !== passed)
      console.log(`${file}\n  ${test.name}\n    ${own ? own.message : whyMissing(ours[file])}`)
  }
}
const table = Object.entries(scores).map(
  ([
    area,
    {
      files,
      reference,
      passed: [own, ...rest],
    },
  ]) => {
    const beside = rest.map((count, index) => [names[index], share(count, reference)])
    return [area, { files, reference, ours: own, share: share(own, reference), ...Object.fromEntries(beside) }]
  },
)
console.table(Object.fromEntries(table))

function share(count, reference) {
  return reference ? `${((100 * count) / reference).toFixed(1)} %` : "none passes"
}

/** Tests by name; the second of a name that occurs twice is `name 2`. */
function countNames(tests) {
  const seen = new Map()
  const byName = new Map()
  for (const test of tests) {
    const count = (seen.get(test.name) ?? 0) + 1
    seen.set(test.name, count)
    byName.set(count === 1 ? test.name : `${test.name} ${count}`, test)
  }
  return byName
}

function whyMissing({ harness }) {
  return `not run: ${harness.message || `harness status ${harness.status}`}`
}
