import fc from "fast-check"
import { expect, it } from "vitest"
import { addRecent, type Recent } from "../../src/alerts/recent.ts"

const steps = fc.array(fc.record({ wait: fc.nat(3000), count: fc.integer({ min: 1, max: 5 }) }), { minLength: 1 })

/** What is known after so many happenings. */
function addAll(happenings: readonly { readonly at: number; readonly count: number }[], times: number): Recent {
  return happenings.reduce<Recent>(
    (recent, { at, count }) =>
      addRecent({ recent, firstAt: 0, count: 0 }, { count, first: at, lastAt: at }, { times, withinMs: 10_000 }),
    [],
  )
}

it("Whatever happens when, as much is recent as has happened in the time before the last", () => {
  fc.assert(
    fc.property(steps, (given) => {
      let at = 0
      const happenings = given.map(({ wait, count }) => {
        at += wait
        return { at, count }
      })
      const within = happenings.filter((one) => one.at >= at - 10_000)
      expect(addAll(happenings, 100)).toEqual(within)
    }),
  )
})

it("Of what is counted to a million no more than a hundred entries are kept, which lose a hundredth of the time", () => {
  const happenings = Array.from({ length: 50_000 }, (_, at) => ({ at, count: 1 }))
  const recent = addAll(happenings, 1_000_000)
  const sum = recent.reduce((all, { count }) => all + count, 0)
  expect(recent.length).toBeLessThanOrEqual(101)
  expect(sum).toBeGreaterThanOrEqual(9900)
  expect(sum).toBeLessThanOrEqual(10_001)
})

it("What was kept of a pending alert before counts from its first on", () => {
  const happening = { count: 1, first: 60_000, lastAt: 60_000 }
  const rule = { times: 3, withinMs: 60_000 }
  expect(addRecent({ firstAt: 1, count: 2 }, happening, rule)).toEqual([
    { at: 1, count: 2 },
    { at: 60_000, count: 1 },
  ])
  expect(addRecent({ firstAt: -1, count: 2 }, happening, rule)).toEqual([{ at: 60_000, count: 1 }])
})
