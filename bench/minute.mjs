// The end of a minute: 10,000 series that are watched for anomalies, and 1,000 rules of alerts about series. How long the
// host's event loop is held up, and what all of it takes of the processor. The clock is a made one.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sqlite } from "inlay/storage/sqlite"
import { watchLoop } from "./tools/loop.mjs"
import { median } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"
import { loadSource } from "./tools/source.mjs"

const series = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 10_000)
const ruleCount = 1000
const minutes = 7
const warmUp = 3
const minuteMs = 60_000
const perKey = 100
/** An organisation has at most 500 rules. */
const organisations = ["one", "other"]

await report("The end of a minute", async () => {
  const source = await loadSource("minute", [
    "src/metrics/create-metrics.ts",
    "src/anomaly/watch/create-anomalies.ts",
    "src/alerts/create-alerts.ts",
    "src/service/alert-sources.ts",
    "src/util/id.ts",
    "src/testing/kit/fake-time.ts",
  ])
  const folder = await mkdtemp(join(tmpdir(), "inlay-bench-minute-"))
  try {
    const watching = await measure(source, join(folder, "watch.db"), openAnomalies)
    const judging = await measure(source, join(folder, "rules.db"), openAlerts)
    return {
      rows: [
        ...rows("watch", `${series} watched series`, watching, series),
        ...rows("rules", `${ruleCount} rules about ${series} series`, judging, ruleCount),
      ],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

function rows(key, what, { p99, max, host, process: all, wall }, things) {
  const row = (name, text, values, unit, more) => ({
    key: `${key}${name}`,
    what: text,
    value: median(values),
    unit,
    ...more,
  })
  return [
    row("DelayP99Ms", `${what}: delay of the event loop, p99`, p99, "ms", { atMost: 20 }),
    row("DelayMaxMs", "  longest delay", max, "ms"),
    row(
      "HostMicroseconds",
      "  busy on the host's thread, for each",
      host.map((ms) => (ms * 1000) / things),
      "µs",
    ),
    row(
      "ProcessMicroseconds",
      "  processor time of all threads, for each",
      all.map((ms) => (ms * 1000) / things),
      "µs",
    ),
    row("Ms", "  until all is done", wall, "ms"),
  ]
}

/** Minutes in which every series has values, and what each of them takes when it is over. */
async function measure(source, path, openParts) {
  const storage = sqlite(path)
  await storage.open()
  const time = source.createFakeTime(Date.UTC(2030, 0, 7))
  const onError = (error) => {
    throw error
  }
  const heard = []
  const shared = {
    ...{ storage, now: time.now, wakeAfter: time.wakeAfter, newId: source.newId, onError },
    tell: (name, fact) => {
      if (name === "window.closed") for (const hear of heard) hear(fact)
    },
    logger: { ...console, warn() {} },
  }
  const metrics = source.createMetrics({ ...shared, settings: {} })
  const parts = await openParts({ ...shared, source, metrics, heard })
  const points = Array.from({ length: series / organisations.length }, (_, index) => ({
    key: `machine.heat${Math.floor(index / perKey)}`,
    dimensions: { machine: String(index % perKey) },
  }))
  const figures = { p99: [], max: [], host: [], process: [], wall: [] }
  for (let minute = 0; minute < warmUp + minutes; minute++) {
    // Rules are about what there is already.
    if (minute === 1) await parts.begin()
    for (let first = 0; first < points.length; first += 1000) {
      const some = points.slice(first, first + 1000)
      for (let value = 0; value < 5; value++) {
        const at = time.now() + value
        const measured = some.map((point, index) => ({
          ...{ ...point, at },
          value: 20 + Math.sin(minute + index) + Math.random(),
        }))
        for (const organisation of organisations) metrics.recordPoints(organisation, measured)
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    globalThis.gc?.()
    const used = process.cpuUsage()
    const busy = performance.eventLoopUtilization()
    const began = performance.now()
    const end = Math.floor(time.now() / minuteMs + 1) * minuteMs
    const { p99Ms, maxMs } = await watchLoop(async () => {
      await pass(time, end + 10_000)
      await metrics.flushWindows()
    })
    if (minute < warmUp) continue
    const { user, system } = process.cpuUsage(used)
    figures.p99.push(p99Ms)
    figures.max.push(maxMs)
    figures.host.push(performance.eventLoopUtilization(busy).active)
    figures.process.push((user + system) / 1000)
    figures.wall.push(performance.now() - began)
  }
  await parts.close()
  await metrics.close()
  await storage.close()
  return figures
}

/** Does what is due up to then, one after the other. */
async function pass(time, end) {
  while (time.nextAt() <= end) {
    time.set(Math.max(time.now(), time.nextAt()))
    for (let due = time.takeDue(); due; due = time.takeDue()) await due()
  }
  time.set(end)
}

async function openAnomalies({ source, storage, metrics, heard, ...shared }) {
  const anomalies = source.createAnomalies({
    ...shared,
    maxSeries: series,
    store: storage.anomalies,
    metrics: storage.metrics,
    flush: metrics.flushWindows,
    hasFunction: async () => true,
  })
  heard.push(anomalies.hint)
  anomalies.start()
  return { begin: async () => {}, close: () => anomalies.stop() }
}

async function openAlerts({ source, storage, metrics, heard, ...shared }) {
  const alerts = source.createAlerts({
    ...shared,
    ...source.createAlertSources({ metrics, functions: storage.functions, forecaster: {}, now: shared.now }),
    store: storage.alerts,
    queue: storage.queue,
    digestSource: {},
    http: {},
    random: Math.random,
    defaultRules: {},
    findFunction: async (_, name) => name,
  })
  const saveRule = (index) =>
    alerts.saveRule(organisations[index % organisations.length], {
      name: `rule ${index}`,
      condition: {
        type: "threshold",
        metric: `machine.heat${(index >> 1) % (series / organisations.length / perKey)}`,
        operator: index % 4 < 2 ? "gt" : "lt",
        threshold: index % 4 < 2 ? 1000 + index : -1000 - index,
        windowMs: minuteMs,
      },
    })
  return {
    async begin() {
      for (let index = 0; index < ruleCount; index++) await saveRule(index)
      heard.push(alerts.observeWindow)
      alerts.start()
    },
    close: () => alerts.stop(),
  }
}
