// The sandbox against hostile programs. Run it by the corpus's own runner:
//   node <corpus>/run.mjs --adapter bench/conformance/hostile.mjs [--filter esc-] [-v]
import { loadSource } from "../tools/source.mjs"

const classes = { FN_002: "timeout", FN_003: "memory", FN_004: "error" }

/** What the runner opens: one service for the whole corpus, so that one program's damage would show in the next. */
export async function open() {
  const { createQuickJsRuntime } = await loadSource("runtime", ["src/sandbox/quickjs-runtime.ts"])
  const offline = { fetch: () => Promise.reject(new TypeError("There is no network.")), close: async () => {} }
  const runtime = createQuickJsRuntime({ http: offline })
  await runtime.ready()
  return {
    async invoke(source, input, { timeoutMs, memoryMb, fn = "A", rawInput }) {
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
      if (!outcome.ok) return { class: classes[outcome.code] ?? "crash", ...outcome.error, logs }
      const { text } = outcome.output
      return { class: "value", value: text === undefined ? undefined : JSON.parse(text), logs }
    },
    close: () => runtime.close(0),
  }
}
