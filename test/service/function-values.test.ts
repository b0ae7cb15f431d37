import { expect, onTestFinished, test } from "vitest"
import { createTestFunctions } from "../../src/testing/index.ts"

const source = `
  import { metrics } from "inlay/sdk"
  export default async ({ keys = ["orders.paid"], values = [1], dimensions, sdk, waits, fails }, context) => {
    const recorder = sdk ? metrics : context.metrics
    for (const key of keys) for (const value of values) recorder.record(key, value, dimensions)
    if (waits) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      recorder.record("after.wait", 1)
    }
    if (fails) throw new Error("after all")
    return "done"
  }`

async function open() {
  const kit = await createTestFunctions()
  onTestFinished(() => kit.close())
  const { functions } = kit
  await functions.deploy({ name: "shop", source })
  await functions.deploy({ name: "other", source })
  const count = async (key: string, name = "shop", dimensions = {}) => {
    const { items } = await functions.metrics.query({ key, function: name, dimensions })
    return items.reduce((sum, item) => sum + item.count, 0)
  }
  return { kit, functions, count }
}

test("what a function records is a series of its own, told apart by dimensions and from other functions'", async () => {
  const { functions, count } = await open()
  await functions.invoke("shop", { values: [10, 20], dimensions: { country: "de" } })
  await functions.invoke("shop", { values: [5], sdk: true })
  await functions.invoke("other", { values: [7] })
  expect(await count("orders.paid")).toBe(3)
  expect(await count("orders.paid", "shop", { country: "de" })).toBe(2)
  expect(await count("orders.paid", "other")).toBe(1)
  const all = await functions.metrics.query({ key: "orders.paid" })
  expect(all.items).toMatchObject([{ count: 4, sum: 42, min: 5, max: 20 }])
  const text = functions.metrics.prometheus()
  expect(text).toContain('inlay_metric_sum{key="orders.paid",country="de",function="shop"} 30')
  expect(text).toContain('inlay_metric_count{key="orders.paid",function="other"} 1')
})

test("what a failed call has recorded counts, before its waits and after them", async () => {
  const { functions, count } = await open()
  await functions.run("shop", { fails: true, waits: true })
  expect([await count("orders.paid"), await count("after.wait")]).toEqual([1, 1])
})

test("values have the time of the call, and minutes of them are told", async () => {
  const { kit, functions } = await open()
  const told: string[] = []
  functions.on("window.closed", ({ key, count, functionId }) => {
    if (functionId !== null) told.push(`${key} ${count}`)
  })
  await functions.invoke("shop", { values: [1, 2] })
  await kit.clock.advance("2m")
  expect(told).toContain("orders.paid 2")
})

test.each([
  [{ keys: ["a b"] }, "the key must begin with a letter"],
  [{ keys: ["function.duration_ms"] }, 'the key must not begin with "function."'],
  [{ keys: [7] }, "the key must be text"],
  [{ values: [null] }, "the value must be a finite number"],
  [{ values: ["1"] }, "the value must be a finite number"],
  [{ dimensions: { country: 1 } }, '"country" of the dimensions must be text'],
  [{ dimensions: { function: "x" } }, "service's own"],
  [{ dimensions: ["de"] }, "the dimensions must be an object of texts"],
  [{ dimensions: { x: "y".repeat(20_000) } }, "too long"],
])("%j is a TypeError in the function", async (input, message) => {
  const { functions, count } = await open()
  const { status, error } = await functions.run("shop", input)
  expect(status).toBe("failed")
  expect(error).toMatchObject({ name: "TypeError", message: expect.stringContaining("Cannot record a metric: ") })
  expect(error?.message).toContain(message)
  await expect(count("orders.paid")).rejects.toMatchObject({ code: "FN_001" })
})

test("NaN, infinities and what is no number at all are a TypeError too, and a module cannot record while it loads", async () => {
  const { functions } = await open()
  const values = "[NaN, Infinity, -Infinity, 1n, undefined, {}]"
  await functions.deploy({
    name: "odd",
    source: `export default (_, { metrics }) => ${values}.map((value) => {
      try { metrics.record("x", value) } catch ({ name, message }) { return name + ": " + message }
    })`,
  })
  expect(new Set(await functions.invoke<string[]>("odd"))).toEqual(
    new Set(["TypeError: Cannot record a metric: the value must be a finite number"]),
  )
  const early = 'import { metrics } from "inlay/sdk"; metrics.record("x", 1); export default () => 1'
  await expect(functions.deploy({ name: "early", source: early })).rejects.toMatchObject({
    code: "FN_005",
    guest: { message: expect.stringContaining("not available while a module loads") },
  })
})

test("a call records a thousand values; its log says that there were more", async () => {
  const { functions, count } = await open()
  const values = Array.from({ length: 600 }, (_, index) => index)
  const { logs } = await functions.run("shop", { values, keys: ["a", "b"] })
  expect((await count("a")) + (await count("b"))).toBe(1000)
  expect(logs.map(({ level, message }) => [level, message])).toEqual([
    ["warn", "Further values of this call were dropped: it has recorded 1000."],
  ])
})

test("keys that a function makes up without end count as one", async () => {
  const { kit, functions, count } = await open()
  const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `key_${from + index}`)
  await functions.invoke("shop", { keys: keys(0, 990) })
  await functions.invoke("shop", { keys: keys(990, 1010), dimensions: { a: "1" } })
  expect(await count("other")).toBe(10)
  expect(await count("key_999")).toBe(1)
  await expect(count("key_1005")).rejects.toMatchObject({ code: "FN_001" })
  await functions.invoke("other", { keys: ["key_1005"] })
  expect(await count("key_1005", "other")).toBe(1)
  expect(await count("function.duration_ms")).toBe(2)
  await kit.clock.advance("1d")
  await functions.invoke("shop", { keys: ["key_1005"] })
  expect(await count("key_1005")).toBe(1)
})
