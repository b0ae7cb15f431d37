// In a fresh process: from createFunctions() to the first answer, the deployment in between included.
import { createFunctions } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { check, input, moduleSource } from "./task.mjs"

const begin = performance.now()
const functions = await createFunctions({
  storage: sqlite(":memory:"),
  authenticate: "open",
  logger: { debug() {}, info() {}, warn() {}, error() {} },
})
const created = performance.now()
await functions.deploy({ name: "double", source: moduleSource })
const deployed = performance.now()
check(await functions.invoke("double", input))
const answered = performance.now()
await functions.close()
console.log(
  JSON.stringify({
    startMilliseconds: answered - begin,
    createMilliseconds: created - begin,
    deployMilliseconds: deployed - created,
  }),
)
