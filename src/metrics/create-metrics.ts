import type { MetricsSummary, TimeRange } from "../model/metrics.ts"
import type { InvocationStore } from "../ports/storage.ts"
import type { Recorder } from "./create-recorder.ts"
import { parseRange } from "./parse-range.ts"

/** Options of `createMetrics`. */
export interface MetricsOptions {
  readonly recorder: Pick<Recorder, "flush">
  readonly store: Pick<InvocationStore, "summarise">
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Figures of what happened. */
export interface Metrics {
  /** Of one function, what the caller just did included; the last 24 hours where no range is given. */
  summary(organisation: string, functionId: string, name: string, range?: TimeRange | string): Promise<MetricsSummary>
}

/** Sums up what a recorder wrote. */
export function createMetrics({ recorder, store, now }: MetricsOptions): Metrics {
  return {
    async summary(organisation, functionId, name, input = "24h") {
      const range = parseRange(input, now())
      await recorder.flush()
      const { count, errors, coldStarts, ...distributions } = await store.summarise(organisation, functionId, range)
      return {
        name,
        functionId,
        range,
        count,
        errors,
        errorRate: count === 0 ? 0 : errors / count,
        coldStartRate: count === 0 ? 0 : coldStarts / count,
        ...distributions,
      }
    },
  }
}
