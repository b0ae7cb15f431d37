// What a service does to its database while nobody calls it.
import { setTimeout as wait } from "node:timers/promises"
import { createFunctions } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { report } from "./tools/report.mjs"
import { input, moduleSource } from "./tools/task.mjs"

const settleMs = 3000
const watchMs = 10_000

await report("Idle service", async () => {
  const counted = countCalls(sqlite(":memory:"))
  const functions = await createFunctions({
    storage: counted.storage,
    authenticate: "open",
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  await functions.deploy({ name: "double", source: moduleSource })
  await functions.invoke("double", input)
  await wait(settleMs)
  counted.reset()
  const before = process.cpuUsage()
  await wait(watchMs)
  const { user, system } = process.cpuUsage(before)
  const { reads, writes } = counted.counts
  await functions.close()
  return {
    rows: [
      { key: "idleWrites", what: `database writes in ${watchMs / 1000} s`, value: writes, unit: "", atMost: 0 },
      {
        key: "idleQueriesPerSecond",
        what: "queries per second",
        value: reads / (watchMs / 1000),
        unit: "/s",
        atMost: 2,
      },
      {
        key: "idleCpuPercent",
        what: "processor time of the process",
        value: (user + system) / (watchMs * 10),
        unit: "%",
      },
    ],
  }
})

/** The same storage, with its calls counted: those that begin as reads do, and all others as writes. Where there is nothing to take, a take is one. */
function countCalls(storage) {
  const counts = { reads: 0, writes: 0 }
  const wrap = (target) =>
    new Proxy(target, {
      get(object, key) {
        const value = Reflect.get(object, key, object)
        if (typeof value === "object" && value !== null) return wrap(value)
        if (typeof value !== "function") return value
        return (...args) => {
          counts[/^(?:clock|take|find|list|summarise|ping|migrationStatus)/.test(String(key)) ? "reads" : "writes"]++
          return value.apply(object, args)
        }
      },
    })
  return {
    storage: wrap(storage),
    counts,
    reset() {
      counts.reads = 0
      counts.writes = 0
    },
  }
}
