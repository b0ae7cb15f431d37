import { describe, expect, test } from "vitest"
import { testKits, timesOf } from "./kit.ts"

const openKit = testKits()

const failing = `export default (name) => {
  throw new RangeError("no " + name)
}`

describe("accepted work", () => {
  test("is done when the kit is drained, and not before", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "double", source: "export default (n) => n * 2" })
    const { id } = await kit.functions.enqueue("double", 21)
    expect((await kit.inspect()).jobs).toMatchObject([{ id, target: "double", status: "waiting" }])
    await kit.drain()
    expect(await kit.functions.invocations.get(id)).toMatchObject({ status: "succeeded", output: 42 })
    expect((await kit.inspect()).jobs).toEqual([])
  })

  test("is drained with what follows from it, and what is due later stays", async () => {
    const kit = await openKit()
    await kit.mock("parent", async (n: number) => {
      for (let i = 0; i < n; i++) await kit.functions.enqueue("child", i)
      await kit.functions.enqueue("child", "later", { delayMs: 1 })
    })
    await kit.functions.deploy({ name: "child", source: "export default (value) => value" })
    await kit.functions.enqueue("parent", 3)
    await kit.drain()
    expect(kit.calls("child").map(({ input }) => input)).toEqual([0, 1, 2])
    expect((await kit.inspect()).jobs).toMatchObject([{ target: "child", status: "delayed" }])
  })

  test("is tried again after waits as long as its policy allows, and each try is a call", async () => {
    const kit = await openKit()
    const retry = { attempts: 6, delay: 1800, factor: 3, maxDelay: 6 * 3600 }
    await kit.functions.deploy({ name: "failing", source: failing, config: { retry } })
    const call = await kit.functions.enqueue("failing", "luck")
    await kit.finish(call, { allowFailures: true })
    const calls = kit.calls("failing")
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6])
    expect(timesOf(calls)).toEqual([
      "2026-01-01T00:00:00.000Z",
      "2026-01-01T00:30:00.000Z",
      "2026-01-01T02:00:00.000Z",
      "2026-01-01T06:30:00.000Z",
      "2026-01-01T12:30:00.000Z",
      "2026-01-01T18:30:00.000Z",
    ])
    expect(calls[0]).toMatchObject({ input: "luck", error: { name: "RangeError", code: "FN_004" } })
  })

  test("that fails for good fails the test, with the function's own error and the line that failed", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "failing", source: failing, config: { retry: { attempts: 2, delay: 60 } } })
    await kit.functions.enqueue("failing", "luck")
    await kit.drain()
    const failure = await kit.clock.advance("1m").catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: "FN_004",
      guest: { name: "RangeError", message: "no luck", stack: expect.stringContaining("index.ts:2") },
    })
    expect((failure as Error).message).toMatch(
      /^Function "failing" failed for good, at try 2 of 2: RangeError: no luck\n\nindex\.ts:2:\d+\n[\s\S]*> 2 \| {3}throw/,
    )
    expect((failure as Error).stack).toContain("work.test.ts")
    await kit.drain()
  })

  test("that fails for good is a dead letter where it may, and is done again from there", async () => {
    const kit = await openKit()
    const source = `export default (n) => {
      if (n < 0) throw Object.assign(new Error("negative"), { name: "ValidationError" })
      return n
    }`
    await kit.functions.deploy({ name: "picky", source })
    await kit.functions.enqueue("picky", -1)
    await kit.drain({ allowFailures: true })
    const { deadLetters } = await kit.inspect()
    expect(deadLetters).toMatchObject([{ name: "picky", input: -1, error: { name: "ValidationError" } }])
    const again = await kit.functions.deadLetters.replay(deadLetters[0]?.id ?? "", { input: 1 })
    expect(await kit.finish(again)).toMatchObject({ status: "succeeded", output: 1 })
  })

  test("throws every failure where there are several", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "failing", source: failing, config: { retry: { attempts: 1 } } })
    for (const name of ["one", "two"]) await kit.functions.enqueue("failing", name)
    const failure = await kit.drain().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(AggregateError)
    expect((failure as Error).message).toMatch(/^2 failures:[\s\S]*no one[\s\S]*no two/)
  })

  test("that is cancelled is not done, and nobody waits for it", async () => {
    const kit = await openKit()
    await kit.mock("cancelled", async () => kit.functions.invocations.cancel(id))
    const { id } = await kit.functions.enqueue("cancelled")
    await kit.drain()
    expect(await kit.functions.invocations.get(id)).toMatchObject({ status: "cancelled" })
    const later = await kit.functions.enqueue("cancelled", null, { delayMs: 1000 })
    await kit.functions.invocations.cancel(later.id)
    expect(await kit.finish(later)).toMatchObject({ status: "cancelled" })
    expect(kit.calls("cancelled")).toHaveLength(1)
  })

  test("that goes round in a circle is given up, and the kit goes on", async () => {
    const kit = await openKit({ maxJobsAtOnce: 20 })
    await kit.mock("circle", async () => void (isTurning && (await kit.functions.enqueue("circle"))))
    let isTurning = true
    await kit.functions.enqueue("circle")
    await expect(kit.drain()).rejects.toThrow("20 jobs were done at one moment of the clock")
    isTurning = false
    await kit.drain()
    expect((await kit.inspect()).jobs).toEqual([])
  })

  test("belongs to its organisation", async () => {
    const kit = await openKit()
    const acme = kit.functions.organisation("acme")
    await acme.deploy({ name: "double", source: "export default (n) => n * 2" })
    const done = await kit.finish(await acme.enqueue("double", 4))
    expect(done).toMatchObject({ output: 8, organisation: "acme" })
    expect(kit.calls("double")).toEqual([])
    expect(kit.calls("double", { organisation: "acme" })).toMatchObject([{ input: 4, output: 8 }])
  })
})

test("A failure is thrown by the call under which it happened, though another one is made meanwhile", async () => {
  const kit = await openKit()
  let begin = () => {}
  let end = () => {}
  const began = new Promise<void>((resolve) => {
    begin = resolve
  })
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  await kit.functions.deploy({ name: "failing", source: failing, config: { retry: { attempts: 1 } } })
  await kit.mock("slow", () => {
    begin()
    return ended
  })
  await kit.functions.enqueue("failing", "luck")
  await kit.functions.enqueue("slow")
  const first = kit.drain()
  await began
  const second = kit.drain()
  end()
  await expect(first).rejects.toThrow("no luck")
  await second
})
