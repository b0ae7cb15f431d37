// What functions cost that are deployed and never called: memory of the process.
import { setTimeout as wait } from "node:timers/promises"
import { createFunctions } from "inlay"
import { report } from "./tools/report.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const count = 500
const megabyte = 1_048_576

/** A function of some size, different from all others, whose module makes tables as real ones do. */
const source = (
  n,
) => `const table = new Map(Array.from({ length: 200 }, (_, i) => ["key" + i + "_${n}", { i, n: ${n} }]))
export default ({ i }) => table.get("key" + i + "_${n}")`

await report(`${count} functions that nobody calls`, async () => {
  const functions = await createFunctions({ authenticate: "open", logger: quiet })
  for (let warm = 0; warm < 20; warm++) await functions.deploy({ name: `warm_${warm}`, source: source(-warm) })
  await functions.invoke("warm_1", { i: 1 })
  const before = await settledMegabytes()
  const began = performance.now()
  for (let n = 0; n < count; n++) await functions.deploy({ name: `idle_${n}`, source: source(n) })
  const deployMs = (performance.now() - began) / count
  const after = await settledMegabytes()
  const answer = await functions.invoke("idle_7", { i: 3 })
  if (answer?.n !== 7) throw new Error("A deployed function gave a wrong answer.")
  await functions.close()
  return {
    rows: [
      {
        key: "deployedMegabytes",
        what: `memory that ${count} functions add`,
        value: after - before,
        unit: "MB",
        atMost: 250,
      },
      { key: "deployMilliseconds", what: "  one deploy", value: deployMs, unit: "ms" },
    ],
  }
})

async function settledMegabytes() {
  await wait(2000)
  return process.memoryUsage.rss() / megabyte
}
