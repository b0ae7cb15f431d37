// What it costs the host's thread to record a call, with the embedded storage behind it: the call of record() itself,
// and everything that follows on this thread until the record is written.
import { sqlite } from "inlay/storage/sqlite"
import { median } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"
import { loadSource } from "./tools/source.mjs"

const perRound = 20_000
const pairs = 9

await report("Recording", async () => {
  const { createRecorder } = await loadSource("recorder", ["src/metrics/create-recorder.ts"])
  const { newId } = await loadSource("id", ["src/util/id.ts"])
  const storage = sqlite(":memory:")
  await storage.open()
  const recorder = createRecorder({
    store: storage.invocations,
    onError: (error) => {
      throw error
    },
  })

  /** Busy time of this thread in microseconds per record; waiting for the storage's thread is not counted. */
  async function round(take) {
    const records = Array.from({ length: perRound }, () => toRecord(newId(Date.now())))
    const before = performance.eventLoopUtilization()
    const begin = performance.now()
    for (const record of records) take(record)
    const taken = performance.now()
    await recorder.flush()
    // The loop's figures are brought up to date once it turns.
    await new Promise((resolve) => setTimeout(resolve, 1))
    const { active } = performance.eventLoopUtilization(before)
    return { call: ((taken - begin) * 1000) / perRound, whole: (active * 1000) / perRound }
  }

  let last
  const keep = (record) => {
    last = record
  }
  await round(recorder.record)
  await round(keep)
  const call = []
  const whole = []
  for (let pair = 0; pair < pairs; pair++) {
    const without = await round(keep)
    const recorded = await round(recorder.record)
    call.push(recorded.call - without.call)
    whole.push(recorded.whole - without.whole)
  }
  if (last === undefined) throw new Error("Nothing was measured.")
  await recorder.close()
  await storage.close()
  return {
    rows: [
      {
        key: "recordMicroseconds",
        what: "recording a call, with its writing",
        value: median(whole),
        unit: "µs",
        atMost: 3,
      },
      { key: "recordPathMicroseconds", what: "  of which on the call's path", value: median(call), unit: "µs" },
    ],
  }
})

function toRecord(id) {
  return {
    id,
    organisation: "default",
    functionId: "0000000000000000000000",
    name: "double",
    version: 1,
    status: "succeeded",
    logs: [{ time: 1_700_000_000_000, level: "info", message: "doubled four values" }],
    startedAt: 1_700_000_000_000,
    endedAt: 1_700_000_000_001,
    durationMs: 0.12,
    cpuMs: 0.05,
    memoryBytes: 20_480,
    coldStart: false,
    traceId: "0123456789abcdef0123456789abcdef",
  }
}
