// What it costs when threads have to be ended: calls of one tenant that no poll interrupts, one after another in two lanes,
// while another tenant's calls go on. `node bench/kills.mjs 1000` for the full count.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createFunctions } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { percentile } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const count = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 100)
const uninterruptible = (turn) => `export default () => [${turn}, 'a'.repeat(2e6).indexOf('a'.repeat(1e6) + 'b')]`
const config = { cpu: 0.05 }
const names = 20

await report(`${count} calls that cost their thread`, async () => {
  // In a file: what was recorded of so many functions must not look like growth.
  const folder = await mkdtemp(join(tmpdir(), "inlay-kills-"))
  const functions = await createFunctions({
    storage: sqlite(join(folder, "kills.db")),
    authenticate: "open",
    logger: quiet,
  })
  const hostile = functions.organisation("hostile")
  await functions.deploy({ name: "innocent", source: "export default (n) => n + 1" })
  await functions.invoke("innocent", 1)
  await hostile.deploy({ name: "next", source: "export default (n) => n" })
  let open = true
  const times = []
  const serving = (async () => {
    while (open) {
      const began = performance.now()
      if ((await functions.invoke("innocent", 1)) !== 2) throw new Error("An innocent call got a wrong answer.")
      times.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()

  // A version of its own for each: one that killed before is kept out for a while.
  let next = 0
  let answered = 0
  const nextTimes = []
  const marks = []
  const lane = async () => {
    while (next < count) {
      const turn = next++
      // Few names, as each is measured and watched for as long as it may come back.
      const name = `killer_${turn % names}`
      await hostile.deploy({ name, source: uninterruptible(turn), config })
      const error = await hostile.invoke(name, null).catch((reason) => reason)
      if (error?.code !== "FN_002") throw new Error(`A kill ended with ${error?.code ?? error}.`)
      const ended = performance.now()
      await hostile.invoke("next", 1)
      nextTimes.push(performance.now() - ended)
      // What a deployed version keeps in memory is not what a kill leaves behind.
      await hostile.remove(name)
      if (++answered % Math.ceil(count / 10) === 0) marks.push(measureProcess())
    }
  }
  const began = performance.now()
  await Promise.all([lane(), lane()])
  const seconds = (performance.now() - began) / 1000
  open = false
  await serving
  await functions.close()
  await rm(folder, { recursive: true })

  const [first, last] = [marks[0], marks.at(-1)]
  return {
    rows: [
      { key: "kills", what: "calls ended with their thread, all answered", value: answered, unit: "calls" },
      { key: "killMilliseconds", what: "  for one", value: (seconds * 1000) / count, unit: "ms" },
      row(
        "killNextP99Milliseconds",
        "  to the answer of its tenant's next call, p99",
        percentile(nextTimes, 0.99),
        "ms",
        100,
      ),
      row("killNeighbourP50Milliseconds", "another tenant's calls meanwhile, p50", percentile(times, 0.5), "ms", 5),
      row("killNeighbourP99Milliseconds", "another tenant's calls meanwhile, p99", percentile(times, 0.99), "ms", 60),
      {
        key: "killHandlesGrown",
        what: "handles more than after the first tenth",
        value: last.handles - first.handles,
        unit: "",
      },
      {
        key: "killMegabytesGrown",
        what: "memory more than after the first tenth",
        value: last.megabytes - first.megabytes,
        unit: "MB",
      },
    ],
  }
})

function measureProcess() {
  return { handles: process.getActiveResourcesInfo().length, megabytes: process.memoryUsage.rss() / 1_048_576 }
}

function row(key, what, value, unit, atMost) {
  return { key, what, value, unit, atMost }
}
