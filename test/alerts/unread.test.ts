import { describe, expect, it } from "vitest"
import { createSeriesRules } from "../../src/alerts/checks/series-rules.ts"
import { asRule } from "../../src/alerts/default-rules.ts"
import { parseRule } from "../../src/alerts/parse-rule.ts"
import { createRuleBook } from "../../src/alerts/rule-book.ts"
import { createWatch, type Happening } from "../../src/alerts/watch.ts"
import type { AlertRuleInput } from "../../src/index.ts"
import type { ClosedWindow } from "../../src/model/metrics.ts"
import { createFakeTime } from "../../src/testing/kit/fake-time.ts"
import { failures } from "./kit.ts"

/** A book of one rule that cannot be read until `store.isDown` is false, and a clock. */
function openBook(input: AlertRuleInput) {
  const { now, wakeAfter, ...time } = createFakeTime(Date.UTC(2026, 0, 1, 0, 1))
  const rule = asRule("o", "rule", parseRule(input, []))
  const store = { isDown: true }
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const listRules = async () => {
    if (store.isDown) throw new Error("the storage is down")
    return [rule]
  }
  const book = createRuleBook({ store: { listRules, listSilences: async () => [] }, now, onError })
  return {
    ...{ store, errors },
    common: { book, now, wakeAfter, onError },
    nextAt: time.nextAt,
    async pass(ms: number) {
      const end = now() + ms
      while (time.nextAt() <= end) {
        time.set(time.nextAt())
        await time.takeDue()?.()
      }
      time.set(end)
    },
  }
}

const unneeded = async () => {
  throw new Error("nobody asks for it")
}

describe("While the rules of an organisation cannot be read for the first time", () => {
  const condition = { type: "threshold", metric: "errorRate", operator: "gt", threshold: 0.05 } as const
  const ended = { organisation: "o", key: "function.errors", functionId: "1", dimensions: { function: "work" } }

  function openSeries() {
    const opened = openBook({ name: "Errors", condition })
    const woken: unknown[] = []
    const rules = createSeriesRules({
      ...{ ...opened.common, findRule: unneeded, resolve: unneeded, listFunctions: unneeded, forecastOf: unneeded },
      store: { listOpenOf: unneeded },
      source: { list: unneeded, read: unneeded },
      raise: { again: unneeded, unlessKnown: unneeded },
      wake: async (checks, dueAt) => void woken.push(...checks.map(({ id }) => [id, dueAt])),
    })
    const observe = (key = ended.key) =>
      rules.observe({ ...ended, key, endsAt: opened.common.now() } as unknown as ClosedWindow)
    return { ...opened, rules, woken, observe }
  }

  it("minutes that end wait, and are looked at once they can", async () => {
    const { store, woken, observe, pass, nextAt } = openSeries()
    observe()
    await pass(12_000)
    const last = Date.UTC(2026, 0, 1, 0, 1, 12)
    observe("function.duration")
    observe()
    store.isDown = false
    expect(woken).toEqual([])
    await pass(6000)
    expect(woken).toEqual([["rule", Math.ceil(last / 60_000) * 60_000 + 5000]])
    expect(nextAt()).toBe(Number.POSITIVE_INFINITY)
  })

  it("minutes that wait hold up no end of the service", async () => {
    const { rules, observe, pass, nextAt } = openSeries()
    observe()
    await pass(1000)
    await rules.stop()
    expect(nextAt()).toBe(Number.POSITIVE_INFINITY)
  })

  const happening: Happening = {
    ...{ organisation: "o", function: "work", series: null },
    judge: () => ({ message: "", invocationId: null, traceId: null, error: null, finding: null, value: null, at: 1 }),
  }

  function openWatch() {
    const opened = openBook(failures)
    const raised: number[] = []
    const raise = {
      again: async ({ count }: { readonly count: number }) => void raised.push(count),
      unlessKnown: unneeded,
    }
    return { ...opened, raised, watch: createWatch({ ...opened.common, raise }) }
  }

  it("calls wait, and are held against them once they can", async () => {
    const { store, raised, watch, pass } = openWatch()
    watch.observe(happening)
    await watch.flush()
    watch.observe(happening)
    await pass(6000)
    expect(raised).toEqual([])
    store.isDown = false
    await pass(6000)
    expect(raised).toEqual([2])
  })

  it("no more than a thousand calls wait, and how many are lost is told", async () => {
    const { store, raised, errors, watch, pass, nextAt } = openWatch()
    for (let call = 0; call < 1007; call++) watch.observe(happening)
    await watch.flush()
    store.isDown = false
    await pass(7000)
    expect(raised).toEqual([1000])
    expect(String(errors.at(-1))).toContain("Cannot hold 7 happenings against rules")
    store.isDown = true
    await watch.stop()
    expect(nextAt()).toBe(Number.POSITIVE_INFINITY)
  })
})
