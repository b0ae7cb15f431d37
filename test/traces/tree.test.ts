import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { findChain } from "../../src/traces/critical-path.ts"
import { toDependencies } from "../../src/traces/dependencies.ts"
import { toSlowPaths } from "../../src/traces/slow-paths.ts"
import { type Tree, toTree } from "../../src/traces/to-tree.ts"
import { quantile } from "../../src/traces/weighted.ts"

const spans = fc.uniqueArray(
  fc.record({
    spanId: fc.nat(40).map(String),
    parentSpanId: fc.option(fc.nat(45).map(String)),
    startedAt: fc.nat(50),
    durationMs: fc.nat(50),
  }),
  { selector: ({ spanId }) => spanId, maxLength: 40 },
)

function all<Of>(nodes: readonly Tree<Of>[]): readonly Tree<Of>[] {
  return nodes.flatMap((node) => [node, ...all(node.children)])
}

describe("any set of spans, in any order", () => {
  it("gives one tree with every span exactly once", () => {
    fc.assert(
      fc.property(spans, (given) => {
        const found = all(toTree(given)).map(({ spanId }) => spanId)
        expect(found.toSorted()).toEqual(given.map(({ spanId }) => spanId).toSorted())
      }),
    )
  })

  it("gives the same tree whatever the order is", () => {
    const shuffled = spans.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    )
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(toTree(other)).toEqual(toTree(given))
      }),
    )
  })

  it("has every span below its parent, but where parents name one another in a circle", () => {
    fc.assert(
      fc.property(spans, (given) => {
        const tree = toTree(given)
        for (const node of all(tree)) for (const child of node.children) expect(child.parentSpanId).toBe(node.spanId)
        const ids = new Set(given.map(({ spanId }) => spanId))
        const orphans = given.filter(({ parentSpanId }) => parentSpanId === null || !ids.has(parentSpanId))
        expect(tree.length).toBeGreaterThanOrEqual(orphans.length)
      }),
    )
  })

  it("comes to an end however deep it is", () => {
    const deep = Array.from({ length: 10_000 }, (_, index) => ({
      spanId: `${index}`,
      parentSpanId: index === 0 ? null : `${index - 1}`,
      startedAt: index,
    }))
    const tree = toTree(deep)
    expect(tree).toHaveLength(1)
    expect(JSON.stringify(tree).match(/spanId/g)).toHaveLength(10_000)
  })

  it("is made in a moment where thousands of spans begin before those that asked for them, or lead into a circle", () => {
    const early = Array.from({ length: 20_000 }, (_, index) => ({
      spanId: `${index}`,
      parentSpanId: index === 0 ? null : `${index - 1}`,
      startedAt: -index,
    }))
    const circle = early.map((one, index) => ({ ...one, parentSpanId: `${index < 10_000 ? (index + 1) % 10_000 : 0}` }))
    const before = performance.now()
    expect(toTree(early)).toHaveLength(1)
    expect(toTree(circle)).toHaveLength(1)
    expect(performance.now() - before).toBeLessThan(2000)
  })

  it("has a chain from the root down, which takes no more than the root", () => {
    fc.assert(
      fc.property(spans, (given) => {
        for (const root of toTree(given)) {
          const { chain, share } = findChain(root)
          expect(chain[0]).toBe(root)
          for (const [index, span] of chain.entries()) {
            if (index > 0) expect(chain[index - 1]?.children).toContain(span)
          }
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})

const span = (name: string, parent: string | null, startedAt: number, durationMs: number, more = {}) => ({
  ...{ traceId: "t", spanId: name, parentSpanId: parent, kind: "invocation" as const, name, function: name },
  ...{ status: "ok" as const, startedAt, durationMs, weight: 1, ...more },
})

describe("the critical path", () => {
  const chainOf = (given: readonly ReturnType<typeof span>[]) => {
    const [root] = toTree(given)
    if (!root) throw new Error("There is no root.")
    const { chain, share } = findChain(root)
    return [...chain.map(({ name }) => name), share]
  }

  it("is all of a span without children at most, however its times are rounded", () => {
    for (let sevenths = 1; sevenths < 100; sevenths++) {
      const [name, share] = chainOf([span("root", null, 1_795_368_107_561, sevenths / 7)])
      expect(name).toBe("root")
      expect(share).toBeLessThanOrEqual(1)
    }
  })

  it("goes into the child that takes most of the time, be it the last or not", () => {
    const given = [span("root", null, 0, 100), span("first", "root", 0, 80), span("second", "root", 80, 15)]
    expect(chainOf(given)).toEqual(["root", "first", 0.8])
  })

  it("does not blame what ran beside something that ended later", () => {
    const given = [span("root", null, 0, 100), span("short", "root", 5, 60), span("long", "root", 0, 95)]
    expect(chainOf(given)).toEqual(["root", "long", 0.95])
  })

  it("stays with a span that takes longer by itself", () => {
    expect(chainOf([span("root", null, 0, 100), span("child", "root", 0, 40)])).toEqual(["root", 0.6])
  })

  it("does not count what goes on after the root has ended", () => {
    expect(chainOf([span("root", null, 0, 10), span("late", "root", 11, 500)])).toEqual(["root", 1])
  })

  it("groups traces, and counts each for as many as it stands for", async () => {
    const given = [10, 20, 1000].flatMap((ms, index) => [
      span("root", null, 0, ms, { traceId: `${index}`, weight: 10 }),
      span("slow", "root", 0, ms * 0.9, { traceId: `${index}`, weight: 10 }),
    ])
    expect(await toSlowPaths(given, 5)).toMatchObject([
      {
        path: [
          { kind: "invocation", name: "root" },
          { kind: "invocation", name: "slow" },
        ],
        count: 30,
        durationMs: { p50: 20, p95: 1000 },
        traceId: "2",
      },
    ])
  })
})

describe("the map of who calls whom", () => {
  it("passes over steps and jobs, and ends where spans name one another in a circle", async () => {
    const given = [
      span("p", "z", 0, 10, { kind: "pipeline", function: null }),
      span("s", "p", 0, 10, { kind: "step", function: null }),
      span("f", "s", 0, 10, { status: "error" }),
      span("g", "s", 0, 20),
      span("a", "b", 0, 1, { kind: "step" }),
      span("b", "a", 0, 1, { kind: "step" }),
      span("h", "a", 0, 1),
    ]
    const found = (await toDependencies(given)).map(({ from, to, errorRate }) => [from.name, to.name, errorRate])
    expect(found).toEqual([
      ["", "p", 0],
      ["p", "f", 1],
      ["p", "g", 0],
      ["", "h", 0],
    ])
  })
})

it.each([
  ["the slowest paths", (given: Parameters<typeof toDependencies>[0]) => toSlowPaths(given, 5)],
  ["the map", toDependencies],
] as const)("%s let others have their turn while many spans are looked at", async (_, read) => {
  const given = Array.from({ length: 10_000 }, (_, index) => span("f", null, index, 1, { traceId: `${index >> 1}` }))
  let turns = 0
  let isOver = false
  const turn = () => {
    turns++
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  await read(given)
  isOver = true
  expect(turns).toBeGreaterThanOrEqual(9)
})

it("takes quantiles by weight", () => {
  expect(
    quantile(
      [
        { value: 1, weight: 98 },
        { value: 5, weight: 2 },
      ],
      0.95,
    ),
  ).toBe(1)
  expect(
    quantile(
      [
        { value: 1, weight: 1 },
        { value: 5, weight: 99 },
      ],
      0.5,
    ),
  ).toBe(5)
  expect(quantile([], 0.5)).toBe(0)
})
