// Searches over 1,000,000 lines, and what a line costs to store: on SQLite in a file, and on PostgreSQL where it is given.
import { mkdtemp, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { postgres } from "inlay/storage/postgres"
import { sqlite } from "inlay/storage/sqlite"
import { benchSchema } from "./tools/bench-schema.mjs"
import { median } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"
import { loadSource } from "./tools/source.mjs"

const lines = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 1_000_000)
const perWrite = 500
const rounds = 5
const begin = 1_700_000_000_000
const words = ["paid", "sent", "received", "cached", "looked up", "refused", "queued", "parsed"]

await report("Logs", async () => {
  const { createLogs } = await loadSource("logs", ["src/logs/create-logs.ts"])
  const rows = await measureRecording(createLogs)
  const folder = await mkdtemp(join(tmpdir(), "inlay-bench-logs-"))
  try {
    const path = join(folder, "logs.db")
    rows.push(...(await measure("sqlite", sqlite(path), createLogs)))
    const { size } = await stat(path)
    rows.push({ key: "sqliteBytesPerLine", what: "sqlite: a line takes", value: size / lines, unit: "bytes" })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const schema = await benchSchema("logs")
  if (schema) {
    try {
      // As autovacuum does once a table has grown: some servers have it off, and plan for an empty table.
      const analyse = () => schema.run(`analyze ${schema.schema}.inlay_logs`)
      rows.push(...(await measure("postgres", postgres(schema.url), createLogs, analyse)))
    } finally {
      await schema.drop()
    }
  }
  return { rows }
})

/** What it costs the host's thread to hand in a call that wrote a line, and one that wrote none. */
async function measureRecording(createLogs) {
  const perRound = 20_000
  const storage = sqlite(":memory:")
  await storage.open()
  const logs = open(storage, createLogs)
  const round = async (record, entries) => {
    const calls = Array.from({ length: perRound }, (_, index) => toCall(index, entries))
    const before = performance.eventLoopUtilization()
    const began = performance.now()
    for (const call of calls) record(call)
    const path = performance.now() - began
    await logs.list("default", {}, { limit: 1 })
    // The loop's figures are brought up to date once it turns.
    await new Promise((resolve) => setTimeout(resolve, 1))
    return {
      path: (path * 1000) / perRound,
      whole: (performance.eventLoopUtilization(before).active * 1000) / perRound,
    }
  }
  let last
  const keep = (call) => {
    last = call
  }
  const line = [{ time: begin, level: "info", message: "doubled four values" }]
  const cost = { path: [], whole: [], silent: [] }
  for (let pair = 0; pair < 7; pair++) {
    const without = await round(keep, line)
    const recorded = await round(logs.record, line)
    cost.path.push(recorded.path - without.path)
    cost.whole.push(recorded.whole - without.whole)
    cost.silent.push((await round(logs.record, [])).path - (await round(keep, [])).path)
  }
  if (last === undefined) throw new Error("Nothing was measured.")
  await logs.close()
  await storage.close()
  const row = (key, what, values) => ({ key, what, value: median(values), unit: "µs" })
  return [
    row("linePathMicroseconds", "a call with a line, on its path", cost.path),
    row("lineMicroseconds", "  with its writing, on the host's thread", cost.whole),
    row("silentMicroseconds", "a call without lines", cost.silent),
  ]
}

function open(storage, createLogs) {
  return createLogs({
    store: storage.logs,
    now: Date.now,
    wakeAfter: () => () => {},
    findFunction: async (_, id) => id,
    onError: (error) => {
      throw error
    },
  })
}

async function measure(name, storage, createLogs, whenWritten = async () => {}) {
  await storage.open()
  const logs = open(storage, createLogs)
  const began = performance.now()
  for (let first = 0; first < lines; first += perWrite) {
    const batch = Array.from({ length: Math.min(perWrite, lines - first) }, (_, index) => toLine(first + index))
    await storage.logs.insert(batch, begin + first)
  }
  const writing = performance.now() - began
  await whenWritten()
  const time = async (work) => {
    const taken = []
    for (let round = 0; round < rounds; round++) {
      const before = performance.now()
      await work()
      taken.push(performance.now() - before)
    }
    return median(taken)
  }
  const list = (filter) => time(() => logs.list("default", filter, { limit: 100 }))
  const row = (key, what, value, unit = "ms") => ({ key: `${name}${key}`, what: `${name}: ${what}`, value, unit })
  const result = [
    row("WriteMicroseconds", "storing a line, in batches of 500", (writing * 1000) / lines, "µs"),
    row("NewestMs", "the newest 100 lines", await list({})),
    row("FunctionMs", "the newest 100 of one of 50 functions", await list({ function: "f7" })),
    row("TraceMs", "the lines of a trace", await list({ traceId: "t500" })),
    row("ErrorMs", "the newest 100 errors, one line in 1,000", await list({ level: "error" })),
    row("TextMs", "a text that one line in 8 has", await list({ text: "PAID" })),
    row("FieldMs", "a field that one line in 1,000 has", await list({ fields: { order: "7" } })),
    row("MissingMs", "a text that none has: 200,000 lines looked at", await list({ text: "nowhere" })),
    row(
      "HourMs",
      "the same within an hour of one function",
      await list({
        text: "nowhere",
        function: "f7",
        from: begin,
        to: begin + 3_600_000,
      }),
    ),
  ]
  const exporting = performance.now()
  let bytes = 0
  for await (const chunk of await logs.export("default", {})) bytes += chunk.byteLength
  const seconds = (performance.now() - exporting) / 1000
  result.push(row("ExportLinesPerSecond", "lines of an export in a second", lines / seconds, "/s"))
  if (bytes < lines * 100) throw new Error("The export has lost lines.")
  await logs.close()
  await storage.close()
  return result
}

function toCall(index, entries) {
  return {
    id: `0190a1b2-c3d4-7000-8000-${String(index).padStart(12, "0")}`,
    organisation: "default",
    functionId: "f",
    name: "double",
    version: 1,
    traceId: "0123456789abcdef0123456789abcdef",
    logs: entries,
  }
}

/** A line of every 100 ms or so, of 50 functions. */
function toLine(index) {
  const time = begin + index * 100
  return {
    organisation: "default",
    id: `${time.toString(16).padStart(12, "0")}-7000-8000-${String(index).padStart(12, "0")}-000000`,
    time,
    level: index % 1000 === 0 ? "error" : index % 100 === 0 ? "warn" : "info",
    message: `${words[index % words.length]} order ${index} of customer ${index % 977} in ${index % 83} ms`,
    fields: index % 2 === 0 ? { order: index % 2000 === 14 ? 7 : index + 1000, customer: `c${index % 977}` } : {},
    functionId: `f${index % 50}`,
    functionName: `function${index % 50}`,
    version: 1 + (index % 3),
    invocationId: `i${index >> 1}`,
    traceId: `t${index >> 2}`,
  }
}
