// What it costs to observe a call, with the embedded storage behind it: its metrics, its row, its trace, its lines. Processor
// time in pairs of rounds, of the host's thread and of all threads until everything is written.
import { randomBytes } from "node:crypto"
import { sqlite } from "inlay/storage/sqlite"
import { median } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"
import { loadSource } from "./tools/source.mjs"
import { threadTimes } from "./tools/threads.mjs"

const perRound = 20_000
const pairs = 9

const onError = (error) => {
  throw error
}
const wakeAfter = (ms, callback) => {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

await report("Recording", async () => {
  const { createMetrics, createRecorder, createLogs, createTraces, newId } = await loadSource("recording", [
    "src/metrics/create-metrics.ts",
    "src/metrics/create-recorder.ts",
    "src/logs/create-logs.ts",
    "src/traces/create-traces.ts",
    "src/util/id.ts",
  ])
  const storage = sqlite(":memory:")
  await storage.open()
  // Metrics without rows: what a call adds to its minute and to the counters.
  const none = { ...storage.invocations, insert: async () => {} }
  const shared = { now: Date.now, wakeAfter, newId, tell: () => {}, logger: console, onError }
  const metrics = createMetrics({ ...shared, storage: { invocations: none, metrics: storage.metrics } })
  const rows = createRecorder({ store: storage.invocations, now: Date.now, onError })
  const logs = createLogs({ ...shared, store: storage.logs, findFunction: async (_, id) => id })
  const traces = (settings) => createTraces({ ...shared, settings, store: storage.traces })

  /** Microseconds for each record: on the call's path, on the host's thread, in all threads. */
  async function round(take, flush) {
    const records = Array.from({ length: perRound }, () => toRecord(newId(Date.now())))
    const before = threadTimes()
    for (const record of records) take(record)
    const taken = threadTimes()
    await flush()
    // The loop's figures are brought up to date once it turns.
    await new Promise((resolve) => setTimeout(resolve, 1))
    const after = threadTimes()
    return [taken.host - before.host, after.host - before.host, after.all - before.all].map((one) => one / perRound)
  }

  let last
  const keep = (record) => {
    last = record
  }
  /** The medians of what it takes more than a round that only keeps the record. */
  async function measure(take, flush) {
    const differences = [[], [], []]
    for (let pair = 0; pair <= pairs; pair++) {
      const without = await round(keep, async () => {})
      const recorded = await round(take, flush)
      // The first pair warms up.
      if (pair > 0) for (const [place, list] of differences.entries()) list.push(recorded[place] - without[place])
    }
    const [path, host, all] = differences.map(median)
    return { path, host, all }
  }

  const measured = await measure(metrics.record, () => metrics.recorder.flush())
  const row = await measure(rows.record, rows.flush)
  const line = await measure(logs.record, () => logs.list("default", {}, { limit: 1 }))
  const usual = traces({})
  const trace = await measure(usual.addCall, () => usual.list("default", {}, { limit: 1 }))
  const everyOne = traces({ spansPerSecond: 1_000_000 })
  const every = await measure(everyOne.addCall, async () => {})
  if (last === undefined) throw new Error("Nothing was measured.")
  for (const part of [metrics, rows, logs, usual, everyOne]) await part.close()
  await storage.close()
  const figure = (key, what, value, more) => ({ key, what, value, unit: "µs", ...more })
  return {
    rows: [
      figure("recordMicroseconds", "metrics and row of a call, on the host's thread", measured.host + row.host, {
        atMost: 3,
      }),
      figure("recordPathMicroseconds", "  of which on the call's path", measured.path + row.path),
      figure("recordAllMicroseconds", "  all threads", measured.all + row.all),
      figure("metricsMicroseconds", "its metrics alone, all threads", measured.all),
      figure("rowMicroseconds", "its row alone, all threads", row.all),
      figure("recordLineMicroseconds", "a line of it, on the host's thread", line.host),
      figure("recordLineAllMicroseconds", "  all threads", line.all),
      figure("traceMicroseconds", "tracing it, as set by default, all threads", trace.all),
      figure("traceEveryMicroseconds", "  on its path where every call is kept", every.path),
    ],
  }
})

function toRecord(id) {
  const time = Date.now()
  return {
    id,
    organisation: "default",
    functionId: "0000000000000000000000",
    name: "double",
    version: 1,
    status: "succeeded",
    logs: [{ time, level: "info", message: "doubled four values" }],
    startedAt: time,
    endedAt: time + 1,
    durationMs: 0.12,
    cpuMs: 0.05,
    memoryBytes: 20_480,
    coldStart: false,
    traceId: Math.floor(time / 1000).toString(16) + randomBytes(12).toString("hex"),
    span: { id: "00f067aa0ba902b7" },
  }
}
