// The sandbox against hostile programs. Run it by the corpus's own runner:
//   node <corpus>/run.mjs --adapter bench/conformance/hostile.mjs [--filter esc-] [-v]
// What the corpus cost the process meanwhile is told when the runner is done with it.
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as wait } from "node:timers/promises"
import { loadSource } from "../tools/source.mjs"

const classes = { FN_002: "timeout", FN_003: "memory", FN_004: "error" }

/** What the runner opens: one service for the whole corpus, so that one program's damage would show in the next. */
export async function open() {
  const { createQuickJsRuntime } = await loadSource("runtime", ["src/sandbox/quickjs-runtime.ts"])
  const offline = { fetch: () => Promise.reject(new TypeError("There is no network.")), close: async () => {} }
  const runtime = createQuickJsRuntime({ http: offline })
  await runtime.ready()
  await threadsStarted()
  const cost = watchProcess()
  return {
    async invoke(source, input, { timeoutMs, memoryMb, fn = "A", rawInput }) {
      const began = performance.now()
      const result = await runtime.run({
        version: {
          key: `${fn}/${source}/${timeoutMs}/${memoryMb}`,
          organisation: fn,
          runtime: "quickjs",
          code: source,
          exportName: "default",
          kind: "event",
          evaluatesPerCall: false,
          memoryMb,
          timeoutMs,
          cpuMs: timeoutMs,
        },
        invocationId: "hostile",
        traceId: "",
        environment: {},
        input: { type: "json", text: rawInput ?? JSON.stringify(input ?? null) },
      })
      const logs = result.logs.map((entry) => entry.message)
      const { outcome } = result
      if (outcome.code === "FN_002") cost.overran(performance.now() - began - timeoutMs)
      if (!outcome.ok) return { class: classes[outcome.code] ?? "crash", ...outcome.error, logs }
      const { text } = outcome.output
      return { class: "value", value: text === undefined ? undefined : JSON.parse(text), logs }
    },
    async close() {
      cost.tell()
      await runtime.close(0)
    },
  }
}

/** One thread is enough to be ready; what the others take is not what the programs do. They are there once memory stands still. */
async function threadsStarted() {
  const grownBytes = 1_048_576
  for (let before = 0, now = process.memoryUsage.rss(); now > before + grownBytes; now = process.memoryUsage.rss()) {
    before = now
    await wait(1000)
  }
}

/** Main loop, memory and the longest that a program went on after its deadline. */
function watchProcess() {
  const resolutionMs = 1
  const megabyte = 1_048_576
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  const before = process.memoryUsage.rss()
  let highest = before
  const overruns = []
  const sampling = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss())
  }, 10)
  return {
    overran: (ms) => overruns.push(ms),
    tell() {
      clearInterval(sampling)
      delays.disable()
      const delayMs = delays.percentile(99) / 1e6 - resolutionMs
      const late = overruns.sort((a, b) => b - a).slice(0, 5)
      console.error(
        `main loop p99 ${delayMs.toFixed(1)} ms late, memory at most ${((highest - before) / megabyte).toFixed(0)} MB above the start,`,
        `ended after the deadline by at most ${late.map((ms) => ms.toFixed(0)).join(", ")} ms`,
      )
    },
  }
}
