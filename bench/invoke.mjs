// What a call costs: the restore alone, a call end to end, many at once, the first of a new function, the first of a
// process, a thousand that wait, over HTTP. Beside it, in the same run, what other sandboxes cost.
import { createFunctions } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { inlayOverHttp } from "./peers/http-peers.mjs"
import { runChild } from "./tools/child.mjs"
import { difference, latency, median, throughput } from "./tools/measure.mjs"
import { measurePeers, peersTable, withRatios } from "./tools/peers-table.mjs"
import { report } from "./tools/report.mjs"
import { check, input, moduleSource } from "./tools/task.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

await report("Invocation", async () => {
  const restore = await runChild("tools/restore.mjs")
  const starts = []
  for (let round = 0; round < 5; round++) starts.push(await runChild("tools/first-answer.mjs"))

  const functions = await createFunctions({ storage: sqlite(":memory:"), authenticate: "open", logger: quiet })
  await functions.deploy({ name: "double", source: moduleSource })
  await functions.organisation("another").deploy({ name: "double", source: moduleSource })
  const faces = [functions, functions.organisation("another")]
  const invoke = async () => check(await functions.invoke("double", input))
  const { p50, p99 } = await latency(invoke)
  const alternating = await latency(async (index) => check(await faces[index % 2].invoke("double", input)))
  const callsPerSecond = await throughput(invoke)
  await functions.deploy({ name: "reusing", source: moduleSource, config: { reuse: true } })
  const reuse = async () => check(await functions.invoke("reusing", input))
  const reusing = await latency(reuse)
  const reusingCallsPerSecond = await throughput(reuse)
  const waitingThousandSeconds = await timeWaiting(functions)

  const cold = []
  for (let index = 0; index < 40; index++) {
    const { name } = await functions.deploy({ name: `fresh_${index}`, source: `${moduleSource} // ${index}` })
    const begin = performance.now()
    check(await functions.invoke(name, input))
    cold.push(performance.now() - begin)
  }

  const body = JSON.stringify(input)
  const url = "http://localhost/functions/double/invoke"
  const headers = { "content-type": "application/json" }
  const viaFetch = async () => {
    const response = await functions.fetch(new Request(url, { method: "POST", headers, body }))
    check(await response.text())
  }
  const fetchOnTop = await difference(invoke, viaFetch)
  await functions.close()

  const own = { p50Microseconds: p50, p99Microseconds: p99, callsPerSecond }
  const measured = withRatios(await measurePeers(), own)
  const { [inlayOverHttp]: overHttp, ...peers } = measured
  return {
    rows: [
      row("restoreMicroseconds", "restore, same organisation, p50", restore.sameMicroseconds, "µs", { atMost: 40 }),
      row(
        "restoreAlternatingMicroseconds",
        "restore, organisations alternating, p50",
        restore.alternatingMicroseconds,
        "µs",
        { atMost: 100 },
      ),
      row("residentBaseKilobytes", "resident base", restore.baseKilobytes, "KB", { atMost: 1024 }),
      row("invokeP50Microseconds", "invoke(), p50", p50, "µs", { atMost: 120 }),
      row("invokeP99Microseconds", "invoke(), p99", p99, "µs", { atMost: 1000 }),
      row("invokeAlternatingP50Microseconds", "invoke(), organisations alternating, p50", alternating.p50, "µs"),
      row("callsPerSecond", "invoke(), 64 in flight, all web APIs loaded", callsPerSecond, "/s", {
        atLeast: 20_000,
        note: "≥ 12,000 with all web APIs in the base",
      }),
      row("reusingP50Microseconds", "invoke(), reuse: true, p50", reusing.p50, "µs"),
      row("reusingCallsPerSecond", "invoke(), reuse: true, 64 in flight", reusingCallsPerSecond, "/s"),
      row("waitingThousandSeconds", "1,000 calls at once, each waiting 1 s", waitingThousandSeconds, "s", {
        atMost: 2.5,
      }),
      row("coldFirstCallMilliseconds", "first call of a fresh function, p50", median(cold), "ms", { atMost: 2 }),
      row(
        "startMilliseconds",
        "createFunctions() to first answer",
        median(starts.map((one) => one.startMilliseconds)),
        "ms",
        { atMost: 300 },
      ),
      row(
        "createMilliseconds",
        "  of which createFunctions()",
        median(starts.map((one) => one.createMilliseconds)),
        "ms",
      ),
      row("deployMilliseconds", "  of which deploy()", median(starts.map((one) => one.deployMilliseconds)), "ms"),
      row("fetchOnTopMicroseconds", "fetch(request) on top of invoke(), p50", fetchOnTop, "µs", { atMost: 100 }),
    ],
    tables: [peersTable(measured, own)],
    figures: { overHttp, peers },
  }
})

/** Seconds until a thousand calls of one function have ended that began at once and wait a second each. */
async function timeWaiting(functions) {
  const source = "export default () => new Promise((done) => setTimeout(() => done(1), 1000))"
  await functions.deploy({ name: "waiting", source })
  await functions.invoke("waiting")
  const begin = performance.now()
  await Promise.all(Array.from({ length: 1000 }, () => functions.invoke("waiting")))
  return (performance.now() - begin) / 1000
}

function row(key, what, value, unit, budget = {}) {
  return { key, what, value, unit, ...budget }
}
