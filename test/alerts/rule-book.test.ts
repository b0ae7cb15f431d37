import { expect, it } from "vitest"
import { createRuleBook } from "../../src/alerts/rule-book.ts"
import type { AlertRule } from "../../src/model/alert.ts"

it("While rules cannot be read, those that were known hold on, and the failure is told once in five seconds", async () => {
  let time = 0
  let isDown = false
  const reads: number[] = []
  const errors: unknown[] = []
  const rule = { id: "1", enabled: true } as AlertRule
  const book = createRuleBook({
    store: {
      async listRules() {
        reads.push(time)
        if (isDown) throw new Error("down")
        return [rule, { ...rule, id: "2", enabled: false }]
      },
      listSilences: async () => [],
    },
    now: () => time,
    onError: (error) => errors.push(error),
  })
  expect(book.peek("o")).toBeUndefined()
  await book.read("o")
  expect(book.peek("o")).toEqual({ rules: [rule], silences: [] })
  isDown = true
  time = 30_000
  expect(book.peek("o")).toBeUndefined()
  await Promise.all([book.read("o"), book.read("o")])
  await book.read("o")
  expect(book.peek("o")).toEqual({ rules: [rule], silences: [] })
  expect([reads, errors.length]).toEqual([[0, 30_000], 1])
  time += 5000
  isDown = false
  await book.read("o")
  expect(reads).toEqual([0, 30_000, 35_000])
  book.forget("o")
  expect(book.peek("o")).toBeUndefined()
})

it("Rules that were never read are not known while they cannot be read, and are read again after five seconds", async () => {
  let time = 0
  let isDown = true
  const errors: unknown[] = []
  const rule = { id: "1", enabled: true } as AlertRule
  const book = createRuleBook({
    store: {
      async listRules() {
        if (isDown) throw new Error("down")
        return [rule]
      },
      listSilences: async () => [],
    },
    now: () => time,
    onError: (error) => errors.push(error),
  })
  expect(await book.read("o")).toBeUndefined()
  isDown = false
  time = 4999
  expect([await book.read("o"), book.peek("o"), errors.length]).toEqual([undefined, undefined, 1])
  time = 5000
  expect(await book.read("o")).toEqual({ rules: [rule], silences: [] })
})
