// Inlay, as the durable benchmark drives it: each job is a call of a function in the sandbox, everything recorded.
import { createFunctions, definePipeline } from "inlay"
import { postgres } from "inlay/storage/postgres"
import { countJobs } from "./count-jobs.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
export const stepsOfRun = 10

export const open = (storage, options = {}) =>
  createFunctions({ storage, authenticate: "open", logger: quiet, ...options })

/** Deploys a function that adds one, and defines a pipeline of ten such steps. */
export async function prepare(functions) {
  await functions.deploy({ name: "add", source: "export default ({ n }) => ({ n: n + 1 })" })
  let pipeline = definePipeline("count")
  for (let index = 0; index < stepsOfRun; index++) pipeline = pipeline.step("add", { name: `add_${index}` })
  await functions.pipelines.define(pipeline)
}

/** Puts so many jobs, with 64 calls of `enqueue` under way. */
export async function putJobs(url, count) {
  const functions = await open(postgres(url), { queue: { concurrency: 0 } })
  await prepare(functions)
  let next = 0
  const lane = async () => {
    while (next < count) await functions.enqueue("add", { n: next++ })
  }
  await Promise.all(Array.from({ length: 64 }, lane))
  await functions.close()
}

export const completedQuery = (schema) => `select count(*) from ${schema}.inlay_jobs where status = 'succeeded'`

/** Works on them. */
export async function work(url) {
  const functions = await open(postgres(url), { sandbox: { threads: 1 } })
  functions.on("invocation.finished", countJobs())
}

/** Makes what runs ten steps, one after another. */
export async function openRuns(storage) {
  const functions = await open(storage)
  await prepare(functions)
  return {
    async run() {
      const { output } = await functions.pipelines.run("count", { n: 0 })
      if (output?.n !== stepsOfRun) throw new Error(`A wrong answer: ${JSON.stringify(output)}`)
    },
    close: () => functions.close(),
  }
}
