import { host } from "./host.ts"
import { toJson } from "./json.ts"
import { refuseWhileLoading } from "./phase.ts"
import { freeze, quote } from "./primordials.ts"

/** What `context.metrics` offers. */
export interface Metrics {
  record(key: string, value: number, dimensions?: Readonly<Record<string, string>>): void
}

/** `context.metrics`. The host gathers the values in the call's own thread, and judges them. */
export const metrics: Metrics = freeze({
  record(key: unknown, value: unknown, dimensions?: unknown) {
    refuseWhileLoading("metrics.record")
    // NaN and infinities have no JSON form: the host is told of none of them.
    const number = typeof value === "number" && value - value === 0 ? "" + value : "null"
    const name = typeof key === "string" ? quote(key) : "null"
    const rest = dimensions === undefined ? "" : ',"dimensions":' + (toJson(dimensions) ?? "null")
    const refusal = host("measure", '{"key":' + name + ',"value":' + number + rest + "}")
    if (refusal !== undefined) throw new TypeError("Cannot record a metric: " + (refusal as string))
  },
})
