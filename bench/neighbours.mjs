// One tenant has as many endless loops under way as there are threads, again and again; how long do another's calls take?
import { availableParallelism } from "node:os"
import { createFunctions } from "inlay"
import { watchLoop } from "./tools/loop.mjs"
import { percentile } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const threads = Math.min(8, Math.max(2, availableParallelism()))
const count = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 3000)

await report(`${threads} endless loops of one tenant beside another's calls`, async () => {
  const functions = await createFunctions({ authenticate: "open", logger: quiet })
  const noisy = functions.organisation("noisy")
  await noisy.deploy({ name: "endless", source: "export default () => { for (;;); }" })
  await functions.deploy({ name: "quick", source: "export default (n) => n + 1" })
  for (let call = 0; call < 200; call++) await functions.invoke("quick", call)

  let open = true
  let loops = 0
  const lane = async () => {
    while (open) {
      const error = await noisy.invoke("endless").catch((reason) => reason)
      if (error?.code !== "FN_002") throw new Error(`An endless loop ended with ${error?.code ?? error}.`)
      loops++
    }
  }
  const lanes = Array.from({ length: threads }, lane)
  const times = []
  const { p99Ms } = await watchLoop(async () => {
    for (let call = 0; call < count; call++) {
      const began = performance.now()
      if ((await functions.invoke("quick", call)) !== call + 1) throw new Error("A call got another's answer.")
      times.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  open = false
  await Promise.all(lanes)
  await functions.close()
  return {
    rows: [
      row("neighbourP50Milliseconds", "another tenant's calls, p50", percentile(times, 0.5), 5),
      row("neighbourP99Milliseconds", "another tenant's calls, p99", percentile(times, 0.99), 60),
      row("neighbourLoopP99Milliseconds", "delay of the host's event loop, p99", p99Ms, 20),
      { key: "neighbourLoops", what: "endless loops that were ended meanwhile", value: loops, unit: "" },
    ],
  }
})

function row(key, what, value, atMost) {
  return { key, what, value, unit: "ms", atMost }
}
