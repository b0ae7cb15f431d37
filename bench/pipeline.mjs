// What a step of a pipeline costs, on an SQLite file, and whether a late step of a long run costs more than an early one.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createFunctions, definePipeline } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { median, percentile, timeEach } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const steps = 10
const manySteps = 10_000
const longRuns = 3
/** Steps whose mean is taken, around the tenth and at the end. */
const around = 100

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
  const earlyCpu = []
  const lateCpu = []
  const memory = [process.memoryUsage.rss() / 1_048_576]
  for (let index = 0; index < longRuns; index++) {
    const cpu = sampleCpu(functions)
    const { output, ...run } = await functions.pipelines.run("count_long", { n: 0 })
    cpu.stop()
    if (output.n !== manySteps) throw new Error(`A wrong answer: ${JSON.stringify(output)}`)
    // The run's own beginning reads its definition, which belongs to no step.
    early.push(perStep(run, 10))
    late.push(perStep(run, manySteps - around))
    earlyCpu.push(cpu.perStep(10))
    lateCpu.push(cpu.perStep(manySteps - around))
    memory.push(process.memoryUsage.rss() / 1_048_576)
    process.stderr.write(`run ${index + 1} of ${longRuns} of ${manySteps} steps\n`)
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
        what: `a step after step 10 of ${manySteps}, mean of ${around}`,
        value: median(early),
        unit: "ms",
      },
      {
        key: "lateStepMilliseconds",
        what: `a step before step ${manySteps}, mean of ${around}`,
        value: median(late),
        unit: "ms",
      },
      {
        key: "lateOverEarlyStep",
        what: "  the late one over the early one",
        value: median(late) / median(early),
        unit: "×",
        atMost: 1.5,
      },
      {
        key: "earlyStepCpuMilliseconds",
        what: `  CPU time of a step after step 10, all threads, mean of ${around}`,
        value: median(earlyCpu),
        unit: "ms",
      },
      {
        key: "lateStepCpuMilliseconds",
        what: `  CPU time of a step before step ${manySteps}`,
        value: median(lateCpu),
        unit: "ms",
      },
      {
        key: "lateOverEarlyStepCpu",
        what: "  the late one over the early one, which a busy machine changes less",
        value: median(lateCpu) / median(earlyCpu),
        unit: "×",
        atMost: 1.5,
      },
      {
        key: "longRunMegabytes",
        what: `  memory more after a run of ${manySteps} steps than before it`,
        value: memory[1] - memory[0],
        unit: "MB",
      },
      {
        key: "longRunsMegabytes",
        what: `  after ${longRuns - 1} further ones`,
        value: memory.at(-1) - memory[1],
        unit: "MB",
      },
    ],
  }
})

function countTo(name, count) {
  let pipeline = definePipeline(name)
  for (let index = 0; index < count; index++) pipeline = pipeline.step("add", { name: `add_${index}` })
  return pipeline
}

/** Takes down the process's CPU time as each call of a run ends. */
function sampleCpu(functions) {
  const samples = []
  const stop = functions.on("invocation.finished", () => {
    const { user, system } = process.cpuUsage()
    samples.push((user + system) / 1000)
  })
  return { stop, perStep: (first) => (samples[first + around - 1] - samples[first - 1]) / around }
}

/** Milliseconds per step over those that begin with this one. */
function perStep({ steps }, first) {
  return (steps[first + around - 1].endedAt - steps[first].startedAt) / around
}
