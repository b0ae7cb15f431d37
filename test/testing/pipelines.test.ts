import { describe, expect, test } from "vitest"
import { definePipeline } from "../../src/index.ts"
import { testKits, timesOf } from "./kit.ts"

const openKit = testKits()
const day = 86_400
const echo = "export default (value) => value"

describe("a pipeline", () => {
  test("is tested as a unit, however long it waits", async () => {
    const kit = await openKit()
    await kit.mock("create_account", ({ user }: { user: string }) => ({ user, plan: "trial" }))
    await kit.functions.deploy({ name: "remind", source: "export default ({ user }) => `Still there, ${user}?`" })
    await kit.functions.pipelines.define(
      definePipeline("onboarding")
        .step("create_account")
        .wait(30 * day)
        .step("remind"),
    )
    const run = await kit.finish(await kit.functions.pipelines.start("onboarding", { user: "Ada" }))
    expect(run).toMatchObject({ status: "succeeded", output: "Still there, Ada?", durationMs: 30 * day * 1000 })
    expect(kit.calls("create_account")).toMatchObject([{ input: { user: "Ada" }, output: { plan: "trial" } }])
    expect(timesOf(kit.calls("remind"))).toEqual(["2026-01-31T00:00:00.000Z"])
  })

  test("fails the test with its step, the step's own error and the line that failed", async () => {
    const kit = await openKit()
    const source = `export default () => {
      throw new TypeError("card declined")
    }`
    await kit.functions.deploy({ name: "charge", source })
    await kit.functions.pipelines.define(
      definePipeline("order").step("charge", { name: "pay", retry: { attempts: 3, delay: 1800 } }),
    )
    const run = await kit.functions.pipelines.start("order")
    const failure = await kit.finish(run).catch((error: unknown) => error)
    expect((failure as Error).message).toMatch(
      /^Pipeline "order" failed at step "pay", after 3 tries: TypeError: card declined\n\nindex\.ts:2:\d+\n/,
    )
    expect(kit.calls("charge").map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(timesOf(kit.calls("charge"))).toEqual([
      "2026-01-01T00:00:00.000Z",
      "2026-01-01T00:30:00.000Z",
      "2026-01-01T01:30:00.000Z",
    ])
    expect(await kit.functions.pipelines.getRun(run.id)).toMatchObject({ status: "failed" })
  })

  test("has the timeouts of its steps by the kit's clock, also where they are longer than a machine's timers", async () => {
    const kit = await openKit()
    let called = () => {}
    const isCalled = new Promise<void>((resolve) => {
      called = resolve
    })
    await kit.mock("slow", () => {
      called()
      return new Promise(() => {})
    })
    await kit.functions.deploy({ name: "tell", source: "export default ({ error }) => error.code" })
    const pipeline = definePipeline("order").step("slow", { timeout: 40 * day, catch: (way) => way.step("tell") })
    await kit.functions.pipelines.define(pipeline)
    const running = kit.functions.pipelines.run("order")
    await isCalled
    await kit.clock.jump("41d")
    expect(await running).toMatchObject({ status: "succeeded", output: "FN_002" })
  })

  test("does not fail the test where a step is caught", async () => {
    const kit = await openKit()
    await kit.mock("charge", () => {
      throw new Error("declined")
    })
    await kit.functions.deploy({ name: "apologise", source: "export default ({ error }) => error.message" })
    await kit.functions.pipelines.define(
      definePipeline("order").step("charge", { catch: (way) => way.step("apologise") }),
    )
    expect(await kit.finish(await kit.functions.pipelines.start("order"))).toMatchObject({ output: "declined" })
  })

  test("goes on with what a mock throws only once per try, whatever else happens", async () => {
    const kit = await openKit()
    let tries = 0
    await kit.mock("flaky", () => {
      if (++tries < 3) throw new Error(`try ${tries}`)
      return tries
    })
    await kit.functions.deploy({ name: "echo", source: echo })
    await kit.functions.pipelines.define(
      definePipeline("steps")
        .step("echo")
        .step("flaky", { retry: { attempts: 5, delay: 60 } })
        .step("echo", { name: "end" }),
    )
    expect(await kit.finish(await kit.functions.pipelines.start("steps"))).toMatchObject({ output: 3 })
    expect(tries).toBe(3)
    expect(kit.calls("flaky").map(({ attempt, error }) => [attempt, error?.message])).toEqual([
      [1, "try 1"],
      [2, "try 2"],
      [3, undefined],
    ])
    expect(kit.calls("echo").map(({ attempt }) => attempt)).toEqual([1, 1])
  })

  test("waits for an approval, which no time brings", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "echo", source: echo })
    await kit.functions.pipelines.define(definePipeline("release").approval({ name: "boss" }).step("echo"))
    const run = await kit.functions.pipelines.start("release")
    await expect(kit.finish(run)).rejects.toThrow(
      'Cannot finish pipeline "release": it waits for approval of "boss", which no time brings',
    )
    await kit.functions.pipelines.approve(run.id, "boss", { approved: true, by: "Ada" })
    expect(await kit.finish(run)).toMatchObject({ output: { approved: true, by: "Ada" } })
  })

  test("fails where it is refused", async () => {
    const kit = await openKit()
    await kit.functions.pipelines.define(definePipeline("release").approval({ name: "boss" }))
    const run = await kit.functions.pipelines.start("release")
    await kit.drain()
    await kit.functions.pipelines.approve(run.id, "boss", { approved: false, comment: "not today" })
    await expect(kit.drain()).rejects.toMatchObject({ code: "FN_009", message: expect.stringContaining("not today") })
  })

  test("waits for an event, and goes on with it", async () => {
    const kit = await openKit()
    await kit.functions.pipelines.define(
      definePipeline("paid").waitForEvent("order.paid", { match: { "data.id": "$.input" }, timeout: 7 * day }),
    )
    const run = await kit.functions.pipelines.start("paid", 17)
    await kit.clock.advance("6d")
    await kit.functions.publish({ type: "order.paid", data: { id: 16 } })
    await kit.functions.publish({ type: "order.paid", data: { id: 17, total: 5 } })
    await kit.drain()
    expect(await kit.functions.pipelines.getRun(run.id)).toMatchObject({
      status: "succeeded",
      output: { data: { id: 17, total: 5 } },
    })
  })

  test("fails where the event does not come in time", async () => {
    const kit = await openKit()
    await kit.functions.pipelines.define(definePipeline("paid").waitForEvent("order.paid", { timeout: 7 * day }))
    const run = await kit.functions.pipelines.start("paid")
    await kit.clock.advance(7 * day * 1000 - 1)
    await expect(kit.finish(run)).rejects.toMatchObject({ code: "FN_002" })
    expect(kit.clock.now()).toBe(Date.UTC(2026, 0, 8))
  })

  test("is told where it takes longer than it may", async () => {
    const kit = await openKit()
    await kit.functions.pipelines.define(definePipeline("slow").wait(3 * day))
    const run = await kit.functions.pipelines.start("slow")
    await expect(kit.finish(run, { within: "2d" })).rejects.toThrow(
      'Cannot finish pipeline "slow": after 2d it is still waiting.',
    )
    expect(await kit.finish(run)).toMatchObject({ status: "succeeded" })
  })

  test("that somebody waits for goes on when the clock is moved", async () => {
    const kit = await openKit()
    await kit.functions.pipelines.define(definePipeline("slow").wait(3 * day))
    const run = kit.functions.pipelines.run("slow", "input")
    await kit.clock.advance("3d")
    expect(await run).toMatchObject({ status: "succeeded", output: "input" })
  })
})
