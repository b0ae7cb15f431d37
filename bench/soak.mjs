// A thousand calls a second for as long as is asked, of several tenants, some of whose calls wait, fail or run over: does
// the process grow? `node bench/soak.mjs 3600` for an hour.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { createFunctions } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { percentile } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const seconds = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 60)
const perSecond = 1000
const tickMs = 20
const megabyte = 1_048_576

const sources = {
  plain: "export default ({ n }) => ({ n: n + 1 })",
  waits: "export default async ({ n }) => { await new Promise((done) => setTimeout(done, 20)); return { n: n + 1 } }",
  logs: "export default ({ n }) => { console.log('call', { n }); return { n: n + 1 } }",
  allocates: "export default ({ n }) => ({ n: n + Array.from({ length: 2000 }, (_, i) => ({ i })).length - 1999 })",
  fails: "export default ({ n }) => { throw new RangeError('n is ' + n) }",
}
const names = Object.keys(sources)
const organisations = ["one", "two", "three"]

await report(`A soak of ${seconds} s at ${perSecond} calls a second`, async () => {
  // In a file: what is recorded of each call must not look like growth of the process.
  const folder = await mkdtemp(join(tmpdir(), "inlay-soak-"))
  const storage = sqlite(join(folder, "soak.db"))
  const functions = await createFunctions({ storage, authenticate: "open", logger: quiet })
  const tenants = organisations.map((name) => functions.organisation(name))
  for (const tenant of tenants)
    for (const [name, source] of Object.entries(sources)) await tenant.deploy({ name, source })

  const counts = { answered: 0, refused: 0, wrong: 0 }
  const times = []
  let n = 0
  const call = async () => {
    const own = n++
    const name = names[own % names.length]
    const began = performance.now()
    try {
      const answer = await tenants[own % tenants.length].invoke(name, { n: own })
      counts[answer.n === own + 1 ? "answered" : "wrong"]++
    } catch (error) {
      if (error.code === "FN_007") counts.refused++
      else counts[name === "fails" && error.code === "FN_004" ? "answered" : "wrong"]++
    }
    if (own % 50 === 0) times.push(performance.now() - began)
  }

  const began = performance.now()
  const samples = []
  const running = new Set()
  let nextSample = 0
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - began) {
    const due = Math.floor((elapsed / 1000) * perSecond) - n
    // A machine that cannot keep up is not to be buried under calls.
    for (let left = Math.min(due, 5000 - running.size); left > 0; left--) {
      const one = call().finally(() => running.delete(one))
      running.add(one)
    }
    if (elapsed >= nextSample) {
      samples.push({ hours: elapsed / 3_600_000, megabytes: process.memoryUsage.rss() / megabyte, handles: handles() })
      if (samples.length % 60 === 0) tell(elapsed)
      nextSample += 1000
    }
    await wait(tickMs)
  }
  await Promise.all(running)
  const total = n / ((performance.now() - began) / 1000)
  await functions.close()
  await rm(folder, { recursive: true })

  // The first third is warm-up: code that is compiled, pools and caches that fill.
  const steady = samples.slice(Math.floor(samples.length / 3))
  const [first, last] = [steady[0], steady.at(-1)]
  return {
    rows: [
      { key: "soakCallsPerSecond", what: "calls per second", value: total, unit: "/s" },
      { key: "soakWrong", what: "calls without their answer", value: counts.wrong, unit: "", atMost: 0 },
      { key: "soakRefused", what: "refused with FN_007", value: counts.refused, unit: "", atMost: 0 },
      { key: "soakP50Milliseconds", what: "latency, p50", value: percentile(times, 0.5), unit: "ms" },
      { key: "soakP99Milliseconds", what: "latency, p99", value: percentile(times, 0.99), unit: "ms" },
      { key: "soakMegabytes", what: "memory of the process after warm-up", value: first.megabytes, unit: "MB" },
      { key: "soakMegabytesAtEnd", what: "  at the end", value: last.megabytes, unit: "MB" },
      {
        key: "soakMegabytesPerHour",
        what: "  growth, slope of all samples after warm-up",
        value: slope(steady),
        unit: "MB/h",
        note: seconds < 600 ? "too short to judge" : "",
      },
      {
        key: "soakHandlesGrown",
        what: "handles more than after warm-up",
        value: last.handles - first.handles,
        unit: "",
      },
    ],
  }
})

/** An hour is long: once a minute, what fills the process. */
function tell(elapsed) {
  const parts = Object.entries(process.memoryUsage()).map(([part, bytes]) => `${part} ${Math.round(bytes / megabyte)}`)
  process.stderr.write(`${Math.round(elapsed / 60_000)} min: ${parts.join(", ")} MB\n`)
}

/** Timers of waiting calls come and go, so they are not counted. */
function handles() {
  return process.getActiveResourcesInfo().filter((name) => name !== "Timeout" && name !== "Immediate").length
}

/** Megabytes per hour, by least squares. */
function slope(samples) {
  const mean = (key) => samples.reduce((sum, sample) => sum + sample[key], 0) / samples.length
  const [hours, megabytes] = [mean("hours"), mean("megabytes")]
  const over = samples.reduce((sum, sample) => sum + (sample.hours - hours) * (sample.megabytes - megabytes), 0)
  const under = samples.reduce((sum, sample) => sum + (sample.hours - hours) ** 2, 0)
  return over / under
}
