// Accuracy and speed of forecasts. `node bench/forecast.mjs --data FOLDER`: a folder with scorers (score-m4.mjs, ops-forecast.mjs),
// the M4 competition's hourly and weekly series and NAB's 5-minute ones; their development half is scored.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { forecast } from "../dist/index.js"
import { report } from "./tools/report.mjs"

const words = process.argv.slice(2)
const data = words.includes("--data") ? words[words.indexOf("--data") + 1] : undefined
const holdout = words.includes("--holdout") ? ["--holdout"] : []

/** What the scorers call: the arguments in their order. */
const forecasterSource = `import { forecast as ask } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)}
export const forecast = (history, horizon, seasonLength, { levels }) => ask(history, horizon, { seasonLength, levels })
`

await report(`Forecasts${holdout.length > 0 ? ", last points of the training part held out" : ""}`, () => {
  const rows = data === undefined ? [] : scoreAll(resolve(data))
  if (data === undefined) process.stderr.write("Accuracy is not measured: give --data and the folder of the series.\n")
  return {
    rows: [
      ...rows,
      { key: "milliseconds720", what: "720 steps from 900 points", value: timed(), unit: "ms", atMost: 10 },
    ],
  }
})

function scoreAll(folder) {
  const work = mkdtempSync(join(tmpdir(), "inlay-forecast-"))
  try {
    const forecaster = join(work, "forecaster.mjs")
    writeFileSync(forecaster, forecasterSource)
    const hourly = scoreM4(folder, forecaster, work, "Hourly")
    const weekly = scoreM4(folder, forecaster, work, "Weekly")
    const operations = run(folder, ["ops-forecast.mjs", "--forecaster", forecaster, "--split", "dev"])
    return [
      { key: "hourlyOwa", what: "M4 hourly, OWA", value: hourly.owa, unit: "", atMost: 0.385 },
      { key: "weeklyOwa", what: "M4 weekly, OWA", value: weekly.owa, unit: "", atMost: 0.8 },
      { key: "hourlyMsis95", what: "M4 hourly, MSIS at 95 %", value: hourly.msis, unit: "", atMost: 6 },
      {
        key: "coverageError80",
        what: "M4 hourly, 80 % interval: points off",
        value: Math.abs(hourly.inside80 - 80),
        unit: "",
        atMost: 2,
      },
      {
        key: "coverageError95",
        what: "M4 hourly, 95 % interval: points off",
        value: Math.abs(hourly.inside95 - 95),
        unit: "",
        atMost: 2,
      },
      {
        key: "operationsRelativeMae",
        what: "5-minute operations data, relative MAE",
        value: figure(operations, /arithmetic ([\d.]+)/),
        unit: "",
        atMost: 0.6,
      },
    ]
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function scoreM4(folder, forecaster, work, freq) {
  const results = join(work, `${freq}.json`)
  const printed = run(folder, [
    "score-m4.mjs",
    "--forecaster",
    forecaster,
    "--freq",
    freq,
    "--split",
    "dev",
    "--json",
    results,
    ...holdout,
  ])
  return {
    owa: JSON.parse(readFileSync(results, "utf8")).total.owa,
    msis: figure(printed, /MSIS\(95\) ([\d.]+)/),
    inside80: 100 * figure(printed, /80%: ([\d.]+)/),
    inside95: 100 * figure(printed, /95%: ([\d.]+)/),
  }
}

function run(folder, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" })
  if (status !== 0) throw new Error(`${args[0]} failed: ${stderr}`)
  return stdout
}

function figure(text, pattern) {
  return Number(pattern.exec(text)?.[1])
}

/** The median of rounds, after warming up. */
function timed() {
  const day = (2 * Math.PI) / 24
  const history = Array.from(
    { length: 900 },
    (_, hour) => 100 + 30 * Math.sin(hour * day) + 10 * Math.sin((hour * day) / 7) + 5 * Math.sin(hour ** 2),
  )
  const rounds = Array.from({ length: 60 }, () => {
    const start = performance.now()
    forecast(history, 720, { seasonLength: 24 })
    return performance.now() - start
  })
  return rounds.slice(20).sort((a, b) => a - b)[20]
}
