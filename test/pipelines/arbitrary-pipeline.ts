import fc from "fast-check"

/** Steps as somebody writes them. */
export type WrittenStep = { readonly kind: string; readonly name: string } & Readonly<Record<string, unknown>>

/** Groups in groups, no deeper. */
const maxDepth = 3

/**
 * Pipelines over the functions `grow`, `pair` and `odd_fails`, with groups in groups; steps whose names begin with `u` are
 * undone by `undo`. Every step has a name, and some name those of their list that they wait for.
 */
export const arbitrarySteps: fc.Arbitrary<readonly WrittenStep[]> = fc
  .infiniteStream(fc.nat(1_000))
  .chain((choices) => {
    const next = (below: number) => Number(choices.next().value) % below
    return fc.constant(writeSteps(createNames(), next, maxDepth))
  })

type Next = (below: number) => number

function createNames(): (prefix: string) => string {
  let count = 0
  return (prefix) => `${prefix}${count++}`
}

function writeSteps(name: (prefix: string) => string, next: Next, depth: number): readonly WrittenStep[] {
  const steps: WrittenStep[] = []
  const isOrdered = next(3) === 0
  const length = 1 + next(4)
  for (let index = 0; index < length; index++) {
    const step = writeStep(name, next, depth)
    if (!isOrdered) steps.push(step)
    else steps.push({ ...step, after: steps.filter(() => next(2) === 0).map((earlier) => earlier.name) })
  }
  return steps
}

function writeStep(name: (prefix: string) => string, next: Next, depth: number): WrittenStep {
  const inner = () => writeSteps(name, next, depth - 1)
  const caught = depth > 0 && next(4) === 0 ? { catch: inner() } : {}
  const kind = depth === 0 ? next(4) : next(9)
  switch (kind) {
    case 4:
      return { kind: "parallel", name: name("s"), branches: { left: inner(), right: inner() }, ...caught }
    case 5:
      return { kind: "map", name: name("s"), items: "$.input", concurrency: 1 + next(3), steps: inner(), ...caught }
    case 6: {
      const when = { value: "$.previous", is: next(2) === 0 ? "exists" : "==", to: 7 }
      return { kind: "branch", name: name("s"), cases: [{ when, steps: inner() }], otherwise: inner(), ...caught }
    }
    case 7:
      return { kind: "wait", name: name("s"), seconds: 1 + next(100) }
    case 8:
      return { kind: "pipeline", name: name("s"), pipeline: "other", ...caught }
    default: {
      const isUndone = next(3) === 0
      return {
        kind: "function",
        name: name(isUndone ? "u" : "s"),
        function: (["grow", "grow", "pair", "odd_fails"] as const)[kind] ?? "grow",
        ...(next(3) === 0 && { input: { from: "$.previous", all: "$.input" } }),
        ...(isUndone && { compensate: "undo" }),
        ...(next(4) === 0 && { cache: 3600 }),
        ...caught,
      }
    }
  }
}
