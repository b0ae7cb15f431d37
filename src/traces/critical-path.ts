import type { Span } from "../model/span.ts"
import type { Tree } from "./to-tree.ts"

type Timed = Pick<Span, "startedAt" | "durationMs">

/** The part of a span that decides how long its root takes. */
interface Part<Of> {
  readonly span: Tree<Of>
  /** How much of the root's time passes in this span itself, while none of its children decides. */
  readonly ownMs: number
  /** The parts of the children that decide, and how long each does. */
  readonly children: readonly { readonly part: Part<Of>; readonly ms: number }[]
}

/**
 * The chain of spans that decides how long a tree takes. The critical path is found from the end: of the children that ended
 * last, as far as each goes back, then whoever ended before that began (as in Zhang et al., CRISP, USENIX ATC 2022). From
 * there it goes down into the child that has most of the path, until a span has more of it than any of its children.
 * `share` is how much of the root's time the last span itself decides.
 */
export function findChain<Of extends Timed>(
  root: Tree<Of>,
): { readonly chain: readonly Tree<Of>[]; readonly share: number } {
  let part = toPart(root, root.startedAt, endOf(root))
  const chain = [part.span]
  for (;;) {
    const [longest] = [...part.children].sort((one, other) => other.ms - one.ms)
    if (longest === undefined || longest.ms < part.ownMs) break
    part = longest.part
    chain.push(part.span)
  }
  // Of times since 1970 the last digits are rounded.
  return { chain, share: root.durationMs === 0 ? 1 : Math.min(1, part.ownMs / root.durationMs) }
}

/** What of a span, and of those below it, decides between two times. */
function toPart<Of extends Timed>(span: Tree<Of>, from: number, to: number): Part<Of> {
  const children: { readonly part: Part<Of>; readonly ms: number }[] = []
  let until = to
  let ownMs = 0
  for (const child of [...span.children].sort((one, other) => endOf(other) - endOf(one))) {
    // What went on after the span, or beside one that ended later, did not hold it up.
    const end = Math.min(endOf(child), to)
    const begin = Math.max(child.startedAt, from)
    if (end > until || begin >= end) continue
    ownMs += until - end
    children.push({ part: toPart(child, begin, end), ms: end - begin })
    until = begin
  }
  return { span, ownMs: ownMs + Math.max(0, until - from), children }
}

function endOf({ startedAt, durationMs }: Timed): number {
  return startedAt + durationMs
}
