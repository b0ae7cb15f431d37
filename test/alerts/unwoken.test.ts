import { expect, it } from "vitest"
import { createSeriesRules } from "../../src/alerts/checks/series-rules.ts"
import { asRule } from "../../src/alerts/default-rules.ts"
import { parseRule } from "../../src/alerts/parse-rule.ts"
import type { ClosedWindow } from "../../src/model/metrics.ts"
import { createFakeTime } from "../../src/testing/kit/fake-time.ts"

it("The last minute of a function is looked at though the storage was down as it ended, and the function is called no more", async () => {
  const { now, wakeAfter, ...time } = createFakeTime(Date.UTC(2026, 0, 1, 0, 1))
  const condition = { type: "threshold", metric: "errorRate", operator: "gt", threshold: 0.05 } as const
  const inForce = { rules: [asRule("o", "errors", parseRule({ name: "Errors", condition }, []))], silences: [] }
  const woken: unknown[] = []
  const failures: unknown[] = []
  let isDown = true
  const unneeded = async () => {
    throw new Error("nobody asks for it")
  }
  const rules = createSeriesRules({
    ...{ now, wakeAfter, findRule: unneeded, resolve: unneeded, listFunctions: unneeded, forecastOf: unneeded },
    store: { listOpenOf: unneeded },
    source: { list: unneeded, read: unneeded },
    raise: { again: unneeded, unlessKnown: unneeded },
    book: { peek: () => inForce, read: async () => inForce, forget: () => {} },
    async wake(checks, dueAt) {
      if (isDown) throw new Error("the storage is down")
      woken.push(...checks.map(({ id }) => [id, dueAt]))
    },
    onError: (error) => void failures.push(error),
  })
  const ended = { organisation: "o", key: "function.errors", functionId: "1", dimensions: { function: "work" } }
  rules.observe({ ...ended, endsAt: now() } as unknown as ClosedWindow)
  const pass = async (ms: number) => {
    const end = now() + ms
    for (; time.nextAt() <= end; ) {
      time.set(time.nextAt())
      await time.takeDue()?.()
    }
    time.set(end)
  }
  const dueAt = now() + 5000
  await pass(60_000)
  expect(failures.length).toBeGreaterThan(3)
  expect(woken).toEqual([])
  isDown = false
  await pass(10_000)
  expect(woken).toEqual([["errors", dueAt]])

  // A minute that ends while another one waits to be tried again leaves no wait that outlives the rules.
  isDown = true
  rules.observe({ ...ended, endsAt: now() } as unknown as ClosedWindow)
  await pass(1000)
  rules.observe({ ...ended, endsAt: now() } as unknown as ClosedWindow)
  isDown = false
  await rules.stop()
  expect(time.nextAt()).toBe(Number.POSITIVE_INFINITY)
})
