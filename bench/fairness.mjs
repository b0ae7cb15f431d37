// One tenant has a hundred thousand calls accepted, and more come as they end; another has ten at a time. How long do
// these wait until they begin, beside how long they wait where nobody else is there?
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { createFunctions } from "inlay"
import { sqlite } from "inlay/storage/sqlite"
import { percentile } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const flood = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 100_000)
const rounds = 30
const atOnce = 10
/** A call that waits for an answer, as most do, and one that is at work all the time. */
const kinds = {
  Waiting: "export default async (n) => { await new Promise((done) => setTimeout(done, 50)); return n }",
  Working: "export default (n) => { let sum = 0; for (let i = 0; i < 300_000; i++) sum += i; return sum + n }",
}

await report(`${flood.toLocaleString("en-GB")} accepted calls of one tenant beside another's ten`, async () => {
  const rows = []
  for (const [kind, source] of Object.entries(kinds)) {
    const folder = await mkdtemp(join(tmpdir(), "inlay-fairness-"))
    const functions = await createFunctions({
      storage: sqlite(join(folder, "bench.db")),
      authenticate: "open",
      logger: quiet,
    })
    const noisy = functions.organisation("noisy")
    await noisy.deploy({ name: "call", source })
    await functions.deploy({ name: "call", source })
    await measure(functions, 3)
    const alone = await measure(functions, rounds)
    await fill(noisy)
    const beside = await measure(functions, rounds)
    await functions.close({ graceMs: 0 })
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    const what = kind === "Waiting" ? "calls that wait" : "calls at work"
    rows.push(
      { key: `fair${kind}AloneP95Milliseconds`, what: `${what}, alone: wait, p95`, value: alone, unit: "ms" },
      { key: `fair${kind}BesideP95Milliseconds`, what: "  beside the other's: wait, p95", value: beside, unit: "ms" },
      { key: `fair${kind}Ratio`, what: "  ratio", value: beside / alone, unit: "×", atMost: 2 },
    )
  }
  return { rows }
})

/** Has the flood accepted; it is worked on meanwhile. */
async function fill(tenant) {
  let left = flood
  const feed = async () => {
    while (left-- > 0) await tenant.enqueue("call", left)
  }
  await Promise.all(Array.from({ length: 512 }, feed))
}

/** The wait of calls from being accepted to their beginning, at the 95th percentile. */
async function measure(functions, count) {
  const waits = []
  for (let round = 0; round < count; round += 1) {
    const calls = await Promise.all(Array.from({ length: atOnce }, (_, n) => functions.enqueue("call", n)))
    for (const { id, createdAt } of calls) waits.push((await begun(functions, id)) - createdAt)
    await pause(20)
  }
  return percentile(waits, 0.95)
}

async function begun(functions, id) {
  for (;;) {
    const { status, attempts } = await functions.invocations.get(id)
    if (status === "failed") throw new Error("A call failed.")
    if (status === "succeeded") return attempts[0].startedAt
    await pause(5)
  }
}
