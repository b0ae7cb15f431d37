// Of the subtests that one run of the web-platform-tests passed, the share that another passes too, area by area:
//   node bench/conformance/wpt-score.mjs <reference.json> <ours.json> [--areas url,headers] [-v]
// -v lists what the reference passes and ours does not; areas of which ours ran no file are left out.
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { areas: { type: "string" }, verbose: { type: "boolean", short: "v" } },
})
const [reference, ours] = positionals.map((file) => JSON.parse(readFileSync(file, "utf8")))
const wanted = values.areas?.split(",")

const passed = 0
const scores = {}
for (const [file, expected] of Object.entries(reference)) {
  const { area } = expected
  if (!(file in ours) || (wanted && !wanted.includes(area))) continue
  const given = countNames(ours[file].tests)
  const names = countNames(expected.tests)
  scores[area] ??= { files: 0, reference: 0, ours: 0, share: "" }
  const score = scores[area]
  score.files++
  for (const [key, test] of names) {
    if (test.status !== passed) continue
    score.reference++
    const own = given.get(key)
    if (own?.status === passed) score.ours++
    else if (values.verbose) console.log(`${file}\n  ${test.name}\n    ${own ? own.message : whyMissing(ours[file])}`)
  }
}
for (const score of Object.values(scores)) {
  score.share = score.reference ? `${((100 * score.ours) / score.reference).toFixed(1)} %` : "none passes"
}
console.table(scores)

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
