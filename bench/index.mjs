// Builds the package and runs the benchmarks that are named, or all of them, each in a process of its own. With --json:
// one object of all figures, and nothing else on the output.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { runProcess } from "./tools/child.mjs"

const json = process.argv.includes("--json")
// --data FOLDER is for those that read files of measurements.
const folder = process.argv.indexOf("--data")
const data = folder === -1 ? [] : process.argv.slice(folder, folder + 2)
const words = process.argv.slice(2).filter((word) => !word.startsWith("--") && !data.includes(word))
const path = (name) => fileURLToPath(new URL(`${name}.mjs`, import.meta.url))
const named = words.filter((word) => existsSync(path(word)))
// The other words are for the benchmarks that are named: how many, for how long, which of them.
const given = words.filter((word) => !named.includes(word))
if (named.length === 0 && given.length > 0) throw new Error(`There is no benchmark ${given.join(" ")}.`)
const all = [
  "invoke",
  "waiting",
  "kills",
  "neighbours",
  "fairness",
  "boundary",
  "soak",
  "deployed",
  "recording",
  "logs",
  "minute",
  "pipeline",
  "durable",
  "ticks",
  "idle",
  "builds",
  "forecast",
  // It has nothing to measure without.
  ...(data.length > 0 ? ["anomaly"] : []),
].filter((name) => existsSync(path(name)))

const build = await runProcess("npm", ["run", "build"])
if (build.code !== 0) throw new Error(`The build failed:\n${build.stdout}\n${build.stderr}`)

const figures = {}
for (const name of named.length > 0 ? named : all) {
  const { status, stdout } = spawnSync(process.execPath, [path(name), ...given, ...data, ...(json ? ["--json"] : [])], {
    encoding: "utf8",
    stdio: ["ignore", json ? "pipe" : "inherit", "inherit"],
  })
  if (status !== 0) process.exitCode = 1
  else if (json) Object.assign(figures, JSON.parse(stdout))
}
if (json) console.log(JSON.stringify(figures))
