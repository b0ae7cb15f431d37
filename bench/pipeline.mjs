// What a step of a pipeline costs, on an SQLite file, and whether a late step of a long run costs more than an early one.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createFunctions, definePipeline } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { median, percentile, timeEach } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const steps = 10
/** A pipeline has no more. */
const manySteps = 1000
const longRuns = 9

await report("Pipelines", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inlay-bench-"))
  const functions = await createFunctions({
    storage: sqlite(join(folder, "bench.db")),
    authenticate: "open",
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  await functions.deploy({ name: "add", source: "export default ({ n }) => ({ n: n + 1 })" })
  await functions.pipelines.define(countTo("count", steps))
  await functions.pipelines.define(countTo("count_long", manySteps))
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
  const early = []
  const late = []
  for (let index = 0; index < longRuns; index++) {
    const { output, ...run } = await functions.pipelines.run("count_long", { n: 0 })
    if (output.n !== manySteps) throw new Error(`A wrong answer: ${JSON.stringify(output)}`)
    early.push(perStep(run, 0))
    late.push(perStep(run, manySteps - manySteps / 10))
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
      {
        key: "earlyStepMilliseconds",
        what: `a step around step 10 of ${manySteps}, mean of the first tenth of a run`,
        value: median(early),
        unit: "ms",
      },
      {
        key: "lateStepMilliseconds",
        what: `a step around step ${manySteps}, mean of the last tenth of a run`,
        value: median(late),
        unit: "ms",
      },
      {
        key: "lateOverEarlyStep",
        what: "  the late one over the early one",
        value: median(late) / median(early),
        unit: "×",
        note: `no later step exists: ${manySteps} are the limit`,
      },
    ],
  }
})

function countTo(name, count) {
  let pipeline = definePipeline(name)
  for (let index = 0; index < count; index++) pipeline = pipeline.step("add", { name: `add_${index}` })
  return pipeline
}

/** Milliseconds per step over the tenth of a run that begins with this step. */
function perStep({ steps }, first) {
  const count = steps.length / 10
  return (steps[first + count - 1].endedAt - steps[first].startedAt) / count
}
