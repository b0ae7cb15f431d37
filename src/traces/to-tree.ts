import type { Span } from "../model/span.ts"

/** A span with those that it asked for. */
export type Tree<Of> = Of & { readonly children: Tree<Of>[] }

/**
 * Puts spans, in any order, below those that asked for them: each is there once. One whose parent is not there is a root, and
 * of those that name one another in a circle, the first. Of two with one id the first counts.
 */
export function toTree<Of extends Pick<Span, "spanId" | "parentSpanId" | "startedAt">>(
  spans: readonly Of[],
): readonly Tree<Of>[] {
  const nodes = new Map<string, Tree<Of>>()
  for (const span of [...spans].sort(byBeginning)) {
    if (!nodes.has(span.spanId)) nodes.set(span.spanId, { ...span, children: [] })
  }
  const roots: Tree<Of>[] = []
  const placed = new Set<string>()
  for (const node of nodes.values()) {
    const parent = node.parentSpanId === null ? undefined : nodes.get(node.parentSpanId)
    if (parent === undefined || closesCircle(node, nodes, placed)) roots.push(node)
    else parent.children.push(node)
    placed.add(node.spanId)
  }
  for (const root of roots) flatten(root)
  return roots
}

/** Deeper than anything that is meant; what goes through a tree by calling itself, as JSON does, must come to an end. */
const maxDepth = 200

/** Hangs all that is deeper than a tree may be below the last level. */
function flatten<Of>(root: Tree<Of>): void {
  let level = [root]
  for (let depth = 1; level.length > 0 && depth < maxDepth; depth++) level = level.flatMap(({ children }) => children)
  for (const node of level) {
    const below: Tree<Of>[] = []
    const open = [...node.children]
    for (let next = open.pop(); next; next = open.pop()) {
      open.push(...next.children.splice(0))
      below.push(next)
    }
    node.children.splice(0, node.children.length, ...below)
  }
}

/** Whether a way up from a node comes back to it, without passing one that was placed before. */
function closesCircle<Of extends Pick<Span, "spanId" | "parentSpanId">>(
  node: Of,
  nodes: ReadonlyMap<string, Of>,
  placed: ReadonlySet<string>,
): boolean {
  const seen = new Set<string>()
  let at: Of | undefined = node
  while (at?.parentSpanId !== null && at?.parentSpanId !== undefined) {
    at = nodes.get(at.parentSpanId)
    if (at === node) return true
    if (at === undefined || placed.has(at.spanId) || seen.has(at.spanId)) return false
    seen.add(at.spanId)
  }
  return false
}

function byBeginning(one: Pick<Span, "spanId" | "startedAt">, other: Pick<Span, "spanId" | "startedAt">): number {
  return one.startedAt - other.startedAt || (one.spanId < other.spanId ? -1 : 1)
}
