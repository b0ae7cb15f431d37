// The detector on the development half of the Numenta Anomaly Benchmark, with the scorer of the data's folder:
// npm run bench:anomaly -- --data FOLDER. The folder holds score-nab.mjs, nab/ and nab-split.json.
import { spawn } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { createDetector } from "inlay"
import { median } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const { values } = parseArgs({ options: { data: { type: "string" }, json: { type: "boolean" } } })
if (values.data === undefined) throw new Error("Say where the data is: npm run bench:anomaly -- --data FOLDER.")
const folder = resolve(values.data)
const rounds = 5

await report("Anomaly detection", async () => {
  const { standard, info } = await score()
  return {
    rows: [
      {
        key: "nabStandard",
        what: "NAB, standard profile, development half",
        value: standard.normalized,
        unit: "of 100",
        atLeast: 72,
      },
      {
        key: "falsePositiveRows",
        what: "rows flagged outside of windows",
        value: standard.fpRows,
        unit: "rows",
        atMost: 80,
      },
      { key: "microsecondsPerPoint", what: "a point, by all methods", value: costOfAPoint(), unit: "µs", atMost: 5 },
      { what: "files in which later rows change a score", value: info.causalViolations, unit: "files", atMost: 0 },
      { what: "largest change of a score by scale and date", value: info.invarianceMaxDiff, unit: "", atMost: 1e-6 },
    ],
    figures: { windowsHit: standard.windowsHit, windows: standard.windows, threshold: standard.threshold },
  }
})

/** Runs the scorer in a process of its own, on the detector of this package. */
async function score() {
  const work = await mkdtemp(join(tmpdir(), "inlay-anomaly-"))
  try {
    const adapter = join(work, "detector.mjs")
    const outcome = join(work, "outcome.json")
    await writeFile(
      adapter,
      `import { createDetector as create } from ${JSON.stringify(import.meta.resolve("inlay"))}
      export function createDetector() {
        const detector = create()
        return { push: (value, timestampMs) => detector.push(value, timestampMs).score }
      }`,
    )
    await runScorer([
      "--detector",
      adapter,
      "--split",
      "dev",
      "--json",
      outcome,
      "--check-causal",
      "--check-invariance",
    ])
    const { result, info } = JSON.parse(await readFile(outcome, "utf8"))
    return { standard: result.standard, info }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function runScorer(words) {
  const paths = ["--nab", join(folder, "nab"), "--split-file", join(folder, "nab-split.json")]
  const child = spawn(process.execPath, [join(folder, "score-nab.mjs"), ...paths, ...words], {
    stdio: ["ignore", "ignore", "inherit"],
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`The scorer ended with code ${code}.`))))
  })
}

/** CPU time, with the detector warm: a month of minutes with a daily rhythm and noise. */
function costOfAPoint() {
  const points = 43_200
  const costs = Array.from({ length: rounds + 1 }, (_, round) => {
    const detector = createDetector()
    const begin = process.cpuUsage()
    for (let at = 0; at < points; at++) {
      detector.push(Math.sin(at / 229) + Math.sin(at * at * (1 + round)), at * 60_000)
    }
    const { user, system } = process.cpuUsage(begin)
    return (user + system) / points
  })
  return median(costs.slice(1))
}
