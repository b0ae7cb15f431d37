import { afterEach, describe, expect, test, vi } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { ascendingIds, sampleRun, sampleStep } from "../../src/testing/storage-contract/samples.ts"
import { createOpener, eventOf, over, reaches } from "./test-functions.ts"

const { create, closeAll } = createOpener({
  echo: over((value: unknown) => value),
  fail: over(() => {
    throw new RangeError("too much")
  }),
})
afterEach(closeAll)

describe("an event that is delivered again", () => {
  test("resumes no wait of a run that it has resumed already", async () => {
    const { pipelines } = await create()
    await pipelines.define(
      "a",
      definePipeline("p").waitForEvent("paid", { name: "first" }).waitForEvent("paid", { name: "second" }),
    )
    const { id } = await pipelines.start("a", "p")
    await reaches(pipelines, id, "waiting")
    expect(await pipelines.deliver("a", "event-1", eventOf("paid"))).toBe(1)
    await expect.poll(async () => (await pipelines.getRun("a", id)).steps.at(-1)?.name).toBe("second")
    await reaches(pipelines, id, "waiting")
    expect(await pipelines.deliver("a", "event-1", eventOf("paid"))).toBe(0)
    expect(await pipelines.deliver("a", "event-2", eventOf("paid"))).toBe(1)
    expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ steps: [{}, { name: "second" }] })
  })

  test("resumes all ways of a run that wait for it", async () => {
    const { pipelines } = await create()
    const pipeline = definePipeline("p").parallel({
      left: (way) => way.waitForEvent("paid", { name: "one" }),
      right: (way) => way.waitForEvent("paid", { name: "two" }),
    })
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p")
    await reaches(pipelines, id, "waiting")
    expect(await pipelines.deliver("a", "event-1", eventOf("paid"))).toBe(2)
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ status: "succeeded" })
  })

  test("resumes all runs that wait for it, however many they are, and reads some of them at a time", async () => {
    const { pipelines, storage } = await create()
    for (const id of ascendingIds(250)) {
      const { fence } = await storage.pipelines.claim(sampleRun("a", "p", { id }))
      const awaited = { type: "paid", match: {} }
      await storage.pipelines.writeStep("a", id, fence, sampleStep("0", { status: "waiting", awaited }))
    }
    const pages = vi.spyOn(storage.pipelines, "listAwaiting")
    expect(await pipelines.deliver("a", "event-1", eventOf("paid"))).toBe(250)
    expect(pages).toHaveBeenCalledTimes(3)
    expect(await storage.pipelines.isAwaited("a", "paid")).toBe(false)
  })
})

describe("what waits beside a way that failed", () => {
  const failing = definePipeline("p").parallel(
    {
      left: (way) => way.waitForEvent("go", { name: "go" }).step("fail"),
      event: (way) => way.waitForEvent("paid", { name: "paid" }),
      approval: (way) => way.approval({ name: "boss" }),
      time: (way) => way.wait(3600, { name: "pause" }),
    },
    { catch: (way) => way.approval({ name: "instead" }) },
  )

  test("is given up where the failure is caught: nothing that comes for it is heard", async () => {
    const { pipelines, storage } = await create()
    await pipelines.define("a", failing)
    const { id } = await pipelines.start("a", "p")
    await reaches(pipelines, id, "waiting")
    await pipelines.deliver("a", "event-1", eventOf("go"))
    await expect.poll(async () => (await pipelines.getRun("a", id)).steps.at(-1)?.name).toBe("instead")
    const { steps } = await reaches(pipelines, id, "waiting")
    const statuses = Object.fromEntries(steps.map(({ name, status }) => [name, status]))
    const given = { paid: "skipped", boss: "skipped", pause: "skipped", instead: "waiting" }
    expect(statuses).toMatchObject(given)
    expect(await storage.pipelines.isAwaited("a", "paid")).toBe(false)
    expect(await pipelines.deliver("a", "event-2", eventOf("paid"))).toBe(0)
    const approve = pipelines.approve("a", id, "boss", { approved: true })
    await expect(approve).rejects.toMatchObject({ code: "FN_001" })
    await pipelines.approve("a", id, "instead", { approved: true })
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ status: "succeeded" })
  })

  test("is given up where the run fails, and where it is cancelled", async () => {
    const { pipelines } = await create()
    const { catch: _, ...step } = failing.toDefinition().steps[0] ?? expect.fail("It has a step.")
    await pipelines.define("a", { name: "p", steps: [step] })
    for (const end of ["fail", "cancel"]) {
      const { id } = await pipelines.start("a", "p")
      await reaches(pipelines, id, "waiting")
      if (end === "cancel") await pipelines.cancel("a", id)
      else await pipelines.deliver("a", `event-of-${id}`, eventOf("go"))
      const run = await reaches(pipelines, id, "failed", "cancelled")
      expect(run.steps.filter(({ status }) => status === "waiting")).toEqual([])
      if (end === "fail") expect(run.error).toMatchObject({ message: "too much" })
    }
  })

  test("fails the same way when the process dies right after it was given up", async () => {
    const { pipelines, storage } = await create()
    const { catch: _, ...step } = failing.toDefinition().steps[0] ?? expect.fail("It has a step.")
    await pipelines.define("a", { name: "p", steps: [step] })
    const { id } = await pipelines.start("a", "p")
    await reaches(pipelines, id, "waiting")
    const { completeRun } = storage.pipelines
    let died = 0
    vi.spyOn(storage.pipelines, "completeRun").mockImplementation(async (...given) => {
      if (given[2].status !== "failed" || died++ > 0) return completeRun(...given)
      // Another worker has the run from here on.
      await storage.pipelines.reclaim("a", id)
      return false
    })
    await pipelines.deliver("a", "event-1", eventOf("go"))
    expect(await reaches(pipelines, id, "failed", "succeeded")).toMatchObject({
      status: "failed",
      error: { message: "too much" },
    })
    expect(died).toBe(2)
  })
})

describe("a run that goes on in the process where it waited", () => {
  test("reads of what it had written down only what has changed, however long it is", async () => {
    const { pipelines, storage, advance } = await create()
    let pipeline = definePipeline("p")
    for (let count = 0; count < 50; count++) pipeline = pipeline.step("echo", { name: `step_${count}` })
    pipeline = pipeline.waitForEvent("go").wait(60, { name: "pause" }).approval({ name: "boss" }).step("echo")
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", 1)
    await reaches(pipelines, id, "waiting")
    const whole = vi.spyOn(storage.pipelines, "reclaim")
    const first = vi.spyOn(storage.pipelines, "claim")
    const changes: number[] = []
    const { resume } = storage.pipelines
    vi.spyOn(storage.pipelines, "resume").mockImplementation(async (...given) => {
      const claim = await resume(...given)
      changes.push(claim?.steps.length ?? -1)
      return claim
    })
    await pipelines.deliver("a", "event-1", eventOf("go"))
    await expect.poll(async () => (await pipelines.getRun("a", id)).steps.at(-1)?.name).toBe("pause")
    await reaches(pipelines, id, "waiting")
    advance(60_000)
    await expect.poll(async () => (await pipelines.getRun("a", id)).steps.at(-1)?.name).toBe("boss")
    await reaches(pipelines, id, "waiting")
    await pipelines.approve("a", id, "boss", { approved: true })
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ output: { approved: true } })
    expect([whole.mock.calls.length, first.mock.calls.length]).toEqual([0, 0])
    expect(changes).toEqual([1, 0, 1])
  })

  test("reads all of it where another process has had it meanwhile", async () => {
    const { pipelines, storage } = await create()
    await pipelines.define("a", definePipeline("p").step("echo").waitForEvent("go").step("echo"))
    const { id } = await pipelines.start("a", "p", 1)
    await reaches(pipelines, id, "waiting")
    const claim = await storage.pipelines.reclaim("a", id)
    expect(claim?.steps).toHaveLength(2)
    const change = { status: "waiting", output: null, error: null, endedAt: null } as const
    expect(await storage.pipelines.updateRun("a", id, claim?.fence ?? 0, change)).toBe(true)
    const whole = vi.spyOn(storage.pipelines, "reclaim")
    await pipelines.deliver("a", "event-1", eventOf("go"))
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ status: "succeeded" })
    expect(whole).toHaveBeenCalledTimes(1)
  })
})

describe("a run whose caller goes away while it waits", () => {
  test("is undone at once", async () => {
    const undone: unknown[] = []
    const { pipelines } = await create({ undo: over(({ output }: { output: unknown }) => undone.push(output)) })
    await pipelines.define("a", definePipeline("p").step("echo", { compensate: "undo" }).wait(86_400).step("echo"))
    const controller = new AbortController()
    const ending = pipelines.run("a", "p", 7, { signal: controller.signal })
    const runOf = async () => (await pipelines.listRuns("a", "p")).items[0]
    await expect.poll(async () => (await runOf())?.status).toBe("waiting")
    controller.abort()
    expect(await ending).toMatchObject({ status: "failed", error: { code: "FN_002" } })
    expect(undone).toEqual([7])
  })

  test("is waited for no longer once the service is closed, also where it only then began", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("p").wait(86_400))
    const ending = pipelines.run("a", "p")
    const caught = ending.catch((error: unknown) => error)
    await expect.poll(async () => (await pipelines.listRuns("a", "p")).items[0]?.status).toBe("waiting")
    await pipelines.stop()
    expect(await caught).toMatchObject({ code: "FN_008" })
    await pipelines.end()
    await expect(pipelines.run("a", "p")).rejects.toBeInstanceOf(FunctionsError)
  })
})

test("a page of runs ends early where their steps hold much, and the next one goes on there", async () => {
  const { pipelines } = await create({ large: over(() => "x".repeat(3_000_000)) })
  await pipelines.define("a", definePipeline("p").step("large").step("echo", { input: "small" }))
  const ids: string[] = []
  for (let count = 0; count < 3; count++) ids.unshift((await pipelines.run("a", "p")).id)
  const first = await pipelines.listRuns("a", "p")
  expect([first.items.map(({ id }) => id), first.next]).toEqual([[ids[0]], ids[0]])
  const second = await pipelines.listRuns("a", "p", { cursor: first.next ?? "" })
  expect([second.items.map(({ id }) => id), second.next]).toEqual([[ids[1]], ids[1]])
})
