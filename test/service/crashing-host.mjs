// A host that is killed: works on the database that it is given, accepts so many calls and runs, and says which.
import { createFunctions, definePipeline } from "inlay"
import { sqlite } from "inlay/storage/sqlite"

const [, , path, count] = process.argv
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const queue = { leaseMs: 1000, pollMs: 100, concurrency: 8 }
const functions = await createFunctions({ storage: sqlite(path), authenticate: "open", logger: quiet, queue })
await functions.deploy({
  name: "slow_increment",
  source: "export default (n) => new Promise((resolve) => setTimeout(resolve, 15, n + 1))",
})
const pipeline = ["a", "b", "c", "d"].reduce(
  (all, name) => all.step("slow_increment", { name }),
  definePipeline("chain"),
)
await functions.pipelines.define(pipeline)
for (let index = 0; index < Number(count); index++) {
  const call = await functions.enqueue("slow_increment", index)
  process.stdout.write(`call ${call.id} ${index}\n`)
  const run = await functions.pipelines.start("chain", index)
  process.stdout.write(`run ${run.id} ${index}\n`)
}
