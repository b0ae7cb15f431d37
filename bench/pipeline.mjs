// What a step of a pipeline costs, on an SQLite file.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createFunctions, definePipeline } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { median, percentile, timeEach } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const steps = 10

await report("Pipelines", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inlay-bench-"))
  const functions = await createFunctions({
    storage: sqlite(join(folder, "bench.db")),
    authenticate: "open",
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  await functions.deploy({ name: "add", source: "export default ({ n }) => ({ n: n + 1 })" })
  let pipeline = definePipeline("count")
  for (let index = 0; index < steps; index++) pipeline = pipeline.step("add", { name: `add_${index}` })
  await functions.pipelines.define(pipeline)
  const run = async () => {
    const { output } = await functions.pipelines.run("count", { n: 0 })
    if (output.n !== steps) throw new Error(`A wrong answer: ${JSON.stringify(output)}`)
  }
  await timeEach(50, run)
  const rounds = []
  for (let round = 0; round < 5; round++) {
    const times = await timeEach(100, run)
    rounds.push([0.5, 0.99].map((share) => percentile(times, share) / steps / 1000))
  }
  await functions.close()
  await rm(folder, { recursive: true })
  return {
    rows: [
      {
        key: "stepP50Milliseconds",
        what: "a step of ten, SQLite file, p50",
        value: median(rounds.map((round) => round[0])),
        unit: "ms",
        atMost: 1,
      },
      {
        key: "stepP99Milliseconds",
        what: "a step of ten, SQLite file, p99",
        value: median(rounds.map((round) => round[1])),
        unit: "ms",
      },
    ],
  }
})
