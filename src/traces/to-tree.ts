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
  const circles = findCircles(nodes)
  for (const node of nodes.values()) {
    const parent = parentOf(node, nodes)
    const circle = circles.get(node)
    if (parent === undefined || circle?.isOpen === false) roots.push(node)
    else parent.children.push(node)
    if (circle) circle.isOpen = true
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

/** Spans that name one another as their parents; it is open once one of them is a root. */
interface Circle {
  isOpen: boolean
}

/** The circles that spans are part of. Each is looked at once: thousands may begin before the one that asked for them. */
function findCircles<Of extends Pick<Span, "spanId" | "parentSpanId">>(
  nodes: ReadonlyMap<string, Of>,
): ReadonlyMap<Of, Circle> {
  const circles = new Map<Of, Circle>()
  const seen = new Set<Of>()
  for (const node of nodes.values()) {
    const way = new Set<Of>()
    let at: Of | undefined = node
    for (; at !== undefined && !seen.has(at); at = parentOf(at, nodes)) {
      seen.add(at)
      way.add(at)
    }
    if (at === undefined || !way.has(at)) continue
    const circle = { isOpen: false }
    for (let member: Of | undefined = at; member && !circles.has(member); member = parentOf(member, nodes)) {
      circles.set(member, circle)
    }
  }
  return circles
}

function parentOf<Of extends Pick<Span, "parentSpanId">>(
  { parentSpanId }: Of,
  nodes: ReadonlyMap<string, Of>,
): Of | undefined {
  return parentSpanId === null ? undefined : nodes.get(parentSpanId)
}

function byBeginning(one: Pick<Span, "spanId" | "startedAt">, other: Pick<Span, "spanId" | "startedAt">): number {
  return one.startedAt - other.startedAt || (one.spanId < other.spanId ? -1 : 1)
}
