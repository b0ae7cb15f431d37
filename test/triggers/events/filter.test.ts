import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compileFilter, FilterFault } from "../../../src/triggers/events/filter.ts"
import { compileSubscription } from "../../../src/triggers/events/subscription.ts"

const event = {
  specversion: "1.0",
  id: "1",
  source: "https://github.com/cloudevents/spec",
  type: "com.github.push",
  subject: "main",
  attempt: 2,
  data: { order: { id: 17, state: "paid" } },
} as const

const fits = (filter: unknown) => compileFilter(filter, "filter")(event)

const fault = (filter: unknown): string => {
  try {
    compileFilter(filter, "filter")
  } catch (error) {
    if (error instanceof FilterFault) return `${error.path} ${error.message}`
    throw error
  }
  return ""
}

describe("filters of the Subscriptions API", () => {
  it("compare attributes and data", () => {
    expect(fits({ exact: { type: "com.github.push", subject: "main" } })).toBe(true)
    expect(fits({ exact: { type: "com.github.push", subject: "other" } })).toBe(false)
    expect(fits({ prefix: { type: "com.github." } })).toBe(true)
    expect(fits({ suffix: { source: "/spec" } })).toBe(true)
    expect(fits({ exact: { attempt: "2", "data.order.id": 17 } })).toBe(true)
    expect(fits({ exact: { "data.order": "[object Object]" } })).toBe(false)
    expect(fits({ prefix: { missing: "u" } })).toBe(false)
    expect(fits({ exact: { "data.constructor.name": "Object" } })).toBe(false)
  })

  it("are not what every object has: such a name is an attribute's", () => {
    expect(fits({ constructor: "Object" })).toBe(false)
    expect(fault({ constructor: { subject: "x" } })).toMatch(/^filter\.constructor must be text/)
  })

  it("are joined by all, any and not, and a list means all", () => {
    const push = { exact: { type: "com.github.push" } }
    const other = { exact: { subject: "other" } }
    expect(fits({ all: [push, { not: other }] })).toBe(true)
    expect(fits([push, other])).toBe(false)
    expect(fits({ any: [other, { sql: "subject LIKE 'ma%'" }] })).toBe(true)
    expect(fits({ not: { any: [push] } })).toBe(false)
  })

  it("may be values by attribute, of which a list means one", () => {
    expect(fits({ subject: "main", "data.order.state": ["paid", "sent"] })).toBe(true)
    expect(fits({ subject: "main", "data.order.state": ["sent"] })).toBe(false)
  })

  it("let nothing pass where an expression has no value, or no boolean", () => {
    expect(fits("missing = 'x'")).toBe(false)
    expect(fits("1 + 1")).toBe(false)
    expect(fits("data.order.id = 17 AND subject IN ('main', 'next')")).toBe(true)
  })

  it("name the part that is wrong, and the place in an expression", () => {
    expect(fault("type = ")).toBe('filter has an unexpected "the end" at character 8')
    expect(fault({ any: [{ sql: "type !" }] })).toBe('filter.any.0.sql has an unexpected "!" at character 6')
    expect(fault({ any: [] })).toBe("filter.any must be a list of filters")
    expect(fault({ exact: { subject: "" } })).toMatch(/^filter\.exact\.subject must be text that is not empty/)
    expect(fault({ exact: { Subject: "a" } })).toMatch(/^filter\.exact\.Subject must be an attribute/)
    expect(fault({ exact: {}, subject: "x" })).toBe("filter must have one of exact, subject alone")
    expect(fault({})).toBe("filter must name at least one attribute")
    expect(fault(null)).toBe("filter must be text, an object or a list")
    let deep: unknown = { exact: { type: "a" } }
    for (let level = 0; level < 100; level++) deep = { not: deep }
    expect(fault(deep)).toMatch(/is more than 20 levels deep$/)
  })

  it("come to what their tree comes to", () => {
    const leaf = fc
      .boolean()
      .map((value) => ({ filter: { exact: { subject: value ? "main" : "x" } } as unknown, value }))
    const { tree } = fc.letrec<{ tree: { readonly filter: unknown; readonly value: boolean } }>((tie) => {
      const list = fc.array(tie("tree"), { minLength: 1, maxLength: 3 })
      return {
        tree: fc.oneof(
          { maxDepth: 5 },
          leaf,
          tie("tree").map(({ filter, value }) => ({ filter: { not: filter }, value: !value })),
          list.map((all) => ({ filter: { all: all.map((one) => one.filter) }, value: all.every((one) => one.value) })),
          list.map((ways) => ({
            filter: { any: ways.map((one) => one.filter) },
            value: ways.some((one) => one.value),
          })),
        ),
      }
    })
    fc.assert(
      fc.property(tree, ({ filter, value }) => {
        expect(fits(filter)).toBe(value)
      }),
    )
  })
})

describe("subscriptions", () => {
  const hears = (
    trigger: Omit<Parameters<typeof compileSubscription>[0], "type">,
    type: "event" | "pubsub" = "event",
  ) => compileSubscription({ type, ...trigger })(event)

  it("name types, sources and subjects, to their end or as far as a star", () => {
    expect(hears({ event: "com.github.push" })).toBe(true)
    expect(hears({ event: "com.github" })).toBe(false)
    expect(hears({ events: ["com.gitlab.*", "com.github.*"] })).toBe(true)
    expect(hears({ event: "*", source: "https://github.com/*", subject: "main" })).toBe(true)
    expect(hears({ event: "*", subject: "next" })).toBe(false)
    expect(hears({ name: "com.github.push" })).toBe(true)
    expect(hears({ source: "https://github.com/*", filter: { subject: "next" } })).toBe(false)
  })

  it("of topics hear what has the topic as its type or its subject", () => {
    expect(hears({ topic: "main" }, "pubsub")).toBe(true)
    expect(hears({ topic: "com.github.*" }, "pubsub")).toBe(true)
    expect(hears({ topic: "github" }, "pubsub")).toBe(false)
  })

  it("are refused where they name nothing, or stars within", () => {
    expect(() => hears({})).toThrow("must name the events to hear of")
    expect(() => hears({}, "pubsub")).toThrow("must name what to hear of")
    expect(() => hears({ event: "com.*.push" })).toThrow('may have a "*" only at its end')
  })
})
