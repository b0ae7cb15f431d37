import type { Dependency, DependencyNode, SpanKind } from "../model/span.ts"
import type { ReadSpan } from "../ports/trace-storage.ts"
import { eachTrace } from "./slow-paths.ts"
import { mean, quantile, sum } from "./weighted.ts"

/** What is a node of the map; steps, jobs and waits are how one comes to the next. */
const nodeKinds: Partial<Readonly<Record<SpanKind, DependencyNode["kind"]>>> = {
  invocation: "function",
  pipeline: "pipeline",
  trigger: "trigger",
  capability: "capability",
  fetch: "host",
}

/** Whoever called from outside, and what no stored span tells. */
const outside: DependencyNode = { kind: "outside", name: "" }

interface Edge {
  readonly from: DependencyNode
  readonly to: DependencyNode
  readonly calls: ReadSpan[]
}

/** Who calls whom, the most frequent first. */
export async function toDependencies(spans: readonly ReadSpan[]): Promise<readonly Dependency[]> {
  const edges = new Map<string, Edge>()
  for await (const trace of eachTrace(spans)) {
    const byId = new Map(trace.map((span) => [span.spanId, span]))
    for (const span of trace) {
      const to = toNode(span)
      if (!to) continue
      const from = callerOf(span, byId)
      const key = JSON.stringify([from, to])
      const edge = edges.get(key) ?? { from, to, calls: [] }
      edge.calls.push(span)
      edges.set(key, edge)
    }
  }
  return [...edges.values()].map(toDependency).sort((one, other) => other.count - one.count)
}

function toNode({ kind, name }: ReadSpan): DependencyNode | undefined {
  const nodeKind = nodeKinds[kind]
  return nodeKind && { kind: nodeKind, name }
}

/** The nearest node above a span. A request or a capability is told of by its function, should that one's span not be stored. */
function callerOf(span: ReadSpan, byId: ReadonlyMap<string, ReadSpan>): DependencyNode {
  const seen = new Set([span])
  let at = span
  for (;;) {
    const parent = at.parentSpanId === null ? undefined : byId.get(at.parentSpanId)
    if (parent === undefined || seen.has(parent)) break
    const node = toNode(parent)
    if (node) return node
    seen.add(parent)
    at = parent
  }
  return span.kind !== "invocation" && span.function !== null ? { kind: "function", name: span.function } : outside
}

function toDependency({ from, to, calls }: Edge): Dependency {
  const durations = calls.map(({ durationMs, weight }) => ({ value: durationMs, weight }))
  const failures = calls.map(({ status, weight }) => ({ value: status === "error" ? 1 : 0, weight }))
  return {
    from,
    to,
    count: Math.round(sum(calls.map(({ weight }) => weight))),
    errorRate: mean(failures),
    durationMs: { average: mean(durations), p95: quantile(durations, 0.95) },
  }
}
