import type { SlowPath, SpanPlace } from "../model/span.ts"
import type { ReadSpan } from "../ports/trace-storage.ts"
import { findChain } from "./critical-path.ts"
import { toTree } from "./to-tree.ts"
import { mean, quantile, sum, type Weighted } from "./weighted.ts"

interface Found {
  readonly path: readonly SpanPlace[]
  readonly traceId: string
  readonly durationMs: number
  readonly share: number
  readonly weight: number
}

/** Traces by the chain of spans that decides how long they take, those with the slowest 95th percentile first. */
export async function toSlowPaths(spans: readonly ReadSpan[], limit: number): Promise<readonly SlowPath[]> {
  const paths = new Map<string, Found[]>()
  for await (const trace of eachTrace(spans)) {
    for (const root of toTree(trace)) {
      const { chain, share } = findChain(root)
      const path = chain.map(({ kind, name }) => ({ kind, name }))
      const { traceId, durationMs, weight } = root
      const key = JSON.stringify(path)
      const found = { path, traceId, durationMs, share, weight }
      const known = paths.get(key)
      if (known) known.push(found)
      else paths.set(key, [found])
    }
  }
  return [...paths.values()]
    .map(toSlowPath)
    .sort((one, other) => other.durationMs.p95 - one.durationMs.p95)
    .slice(0, limit)
}

/** So many spans are looked at in one go: each takes some tens of microseconds. */
const spansAtOnce = 1000

/** The spans of each trace, with a pause now and then: a hundred thousand would hold the host up for a second. */
export async function* eachTrace(spans: readonly ReadSpan[]): AsyncGenerator<readonly ReadSpan[], void, undefined> {
  let looked = 0
  for (const trace of groupByTrace(spans)) {
    yield trace
    looked += trace.length
    if (looked < spansAtOnce) continue
    looked = 0
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function groupByTrace(spans: readonly ReadSpan[]): Iterable<readonly ReadSpan[]> {
  const traces = new Map<string, ReadSpan[]>()
  for (const span of spans) {
    const trace = traces.get(span.traceId)
    if (trace) trace.push(span)
    else traces.set(span.traceId, [span])
  }
  return traces.values()
}

function toSlowPath(found: readonly Found[]): SlowPath {
  const of = (value: (one: Found) => number): readonly Weighted[] =>
    found.map((one) => ({ value: value(one), weight: one.weight }))
  const durations = of(({ durationMs }) => durationMs)
  const slowest = found.reduce((slow, one) => (one.durationMs > slow.durationMs ? one : slow))
  return {
    path: slowest.path,
    count: Math.round(sum(found.map(({ weight }) => weight))),
    durationMs: { p50: quantile(durations, 0.5), p95: quantile(durations, 0.95) },
    share: mean(of(({ share }) => share)),
    traceId: slowest.traceId,
  }
}
