import type { ReadSpan } from "../ports/trace-storage.ts"

/** Spans, newest first, with at most `most` of each trace: those that began first, which the others hang below. */
export function boundTraces(spans: readonly ReadSpan[], most: number): readonly ReadSpan[] {
  const counts = new Map<string, number>()
  const isKept = spans.toReversed().map(({ traceId }) => {
    const count = (counts.get(traceId) ?? 0) + 1
    counts.set(traceId, count)
    return count <= most
  })
  const last = spans.length - 1
  return spans.filter((_, index) => isKept[last - index])
}
