// A thousand calls of one function that each wait for a second, all at once: how long they take together, and the most
// memory that the process held. Beside it: a thousand that each hold 20 MB while they wait, of which as many are refused
// as do not fit.
import { createFunctions } from "inlay"
import { report } from "./tools/report.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const count = 1000
const megabyte = 1_048_576

await report("A thousand calls that wait", async () => {
  const functions = await createFunctions({ authenticate: "open", logger: quiet })
  const source = "export default async (n) => { await new Promise((done) => setTimeout(done, 1000)); return n }"
  await functions.deploy({ name: "waiting", source })
  await functions.deploy({
    name: "holding",
    source: `export default async (n) => {
      const held = new Uint8Array(20 * ${megabyte}).fill(n)
      await new Promise((done) => setTimeout(done, 1000))
      return held[held.length - 1]
    }`,
    config: { memory: 32, timeout: 120 },
  })
  await functions.invoke("waiting", 0)

  const waiting = await peakDuring(async () => {
    const answers = await Promise.all(Array.from({ length: count }, (_, n) => functions.invoke("waiting", n)))
    if (answers.some((answer, n) => answer !== n)) throw new Error("A waiting call answered with another's value.")
  })
  let refused = 0
  const holding = await peakDuring(async () => {
    const answers = Array.from({ length: count }, (_, n) => functions.invoke("holding", n % 256))
    for (const [n, { status, value, reason }] of (await Promise.allSettled(answers)).entries()) {
      if (status === "rejected" && reason.code === "FN_007") refused++
      else if (status === "rejected") throw reason
      else if (value !== n % 256) throw new Error("A waiting call answered with another's value.")
    }
  })
  await functions.close()

  return {
    rows: [
      row("waitingThousandSeconds", "1,000 × 1 s of waiting", waiting.seconds, "s", { atMost: 2.5 }),
      row("waitingThousandMegabytes", "  most memory of the process", waiting.megabytes, "MB", { atMost: 1024 }),
      row("holdingThousandSeconds", "1,000 × 1 s of waiting with 20 MB each", holding.seconds, "s"),
      row("holdingThousandMegabytes", "  most memory of the process", holding.megabytes, "MB"),
      row("holdingThousandRefused", "  refused with FN_007", refused, "calls"),
    ],
  }
})

async function peakDuring(work) {
  let peak = process.memoryUsage.rss()
  const looking = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  const began = performance.now()
  await work()
  clearInterval(looking)
  return { seconds: (performance.now() - began) / 1000, megabytes: peak / megabyte }
}

function row(key, what, value, unit, budget = {}) {
  return { key, what, value, unit, ...budget }
}
