// The pipeline whose runs are to survive, and the storages that it lives in.
import { definePipeline } from "inlay"

export const quiet = { debug() {}, info() {}, warn() {}, error() {} }
export const stepCount = 4

/** Opens the storage of a kind: a file, or a database's URL. */
export async function openStorage(kind, at) {
  if (kind === "sqlite") return (await import("inlay/storage/sqlite")).sqlite(at)
  return (await import("inlay/storage/postgres")).postgres(at)
}

/** How the queue is set for a lease. */
export const queueOf = (leaseMs) => ({ leaseMs, pollMs: 250, concurrency: 8 })

/** Deploys the function of the steps and defines the pipeline. */
export async function prepareChain(functions) {
  await functions.deploy({
    name: "note",
    source: `import { capabilities } from "inlay/sdk"
      export default async ({ token, step, given }) => {
        const own = await capabilities.ledger.note({ token, step, given })
        await new Promise((done) => setTimeout(done, 5 + Math.random() * 25))
        return { token, step: step + 1, given: own }
      }`,
  })
  const steps = Array.from({ length: stepCount }, (_, index) => `step_${index}`)
  await functions.pipelines.define(
    steps.reduce((pipeline, name) => pipeline.step("note", { name }), definePipeline("chain")),
  )
}
