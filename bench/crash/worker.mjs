// A process that is going to be killed: it accepts the runs that it is asked for, does whatever runs it gets, and notes each
// step that it begins in a file. Its clock may be wrong. It loads its code at once, and opens the storage when it is told to.
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { appendFileSync } from "node:fs"

const { storage: kind, at, ledger, leaseMs, skewMs } = JSON.parse(process.argv[2])
const begun = once(process, "message")
process.on("disconnect", () => process.exit())
const now = Date.now
Date.now = () => now() + skewMs

const { createFunctions } = await import("inlay")
const { openStorage, queueOf, quiet } = await import("./chain.mjs")
const { z } = await import("zod")
const [{ incarnation }] = await begun

/** What a step did to the outside: the run's token, the step, which result of the step before it was given, and its own. */
function note({ token, step, given }) {
  const own = randomUUID()
  // The system's own clock is one for all processes.
  const at = process.hrtime.bigint() / 1_000_000n
  appendFileSync(ledger, `${at} ${incarnation} ${token} ${step} ${given} ${own}\n`)
  return own
}

const functions = await createFunctions({
  storage: await openStorage(kind, at),
  authenticate: "open",
  logger: quiet,
  onError: () => {},
  sandbox: { threads: 1 },
  queue: queueOf(leaseMs),
  capabilities: {
    ledger: {
      methods: {
        note: {
          input: z.object({ token: z.string(), step: z.number(), given: z.string() }),
          handle: note,
        },
      },
    },
  },
})
process.on("message", async ({ token }) => {
  const { id } = await functions.pipelines.start("chain", { token, step: 0, given: "input" })
  process.send({ token, id })
})
process.send({ ready: true })
