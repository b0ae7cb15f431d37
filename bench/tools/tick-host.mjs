// One of several processes that fire the schedules of a database, with a clock that is off: `tick-host.mjs <url> <milliseconds>`.
// Says "ready" once it does, and lives until it is killed.
import { createFunctions } from "inlay"
import { postgres } from "inlay/storage/postgres"

const [, , url, skew] = process.argv
const own = Date.now
Date.now = () => own() + Number(skew)
const logger = { debug() {}, info() {}, warn: console.error, error: console.error }
await createFunctions({
  storage: postgres(url, { maxConnections: 3 }),
  authenticate: "open",
  logger,
  sandbox: { threads: 1 },
})
process.stdout.write("ready\n")
setInterval(() => {}, 60_000)
