import { afterEach, describe, expect, test, vi } from "vitest"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { createOpener, eventOf, over, reaches } from "./test-functions.ts"

const { create, closeAll } = createOpener({
  echo: over((value: unknown) => value),
  fail: over(() => {
    throw new RangeError("too much")
  }),
})
afterEach(closeAll)

describe("a wait", () => {
  test("fails where the time that it finds is none that a date has, and is not tried for ever", async () => {
    const { pipelines, reported } = await create()
    await pipelines.define("a", definePipeline("p").wait("$.input.at"))
    for (const at of [1e300, 8.64e15 + 1, -1e17]) {
      const run = await pipelines.run("a", "p", { at })
      expect(run).toMatchObject({ status: "failed", error: { code: "FN_004" } })
    }
    expect(reported).toEqual([])
  })
})

describe("a run that could not be accepted", () => {
  test("leaves nobody waiting for its end", async () => {
    const { pipelines, storage } = await create()
    await pipelines.define("a", definePipeline("p").step("echo"))
    const look = vi.spyOn(storage.pipelines, "findStatus")
    vi.spyOn(storage.pipelines, "beginRun").mockRejectedValueOnce(new Error("no connection"))
    await expect(pipelines.run("a", "p", 1)).rejects.toThrow("no connection")
    await pipelines.stop()
    expect(look).not.toHaveBeenCalled()
  })
})

describe("a step with the output of an earlier call", () => {
  test("is not undone: the run that made the call may stand by it", async () => {
    const { pipelines } = await create()
    const reserve = definePipeline("p").step("echo", { cache: 60, compensate: "echo", input: "seat" })
    await pipelines.define("a", reserve)
    expect(await pipelines.run("a", "p", 1)).toMatchObject({ status: "succeeded" })
    await pipelines.define("a", reserve.step("fail"))
    const run = await pipelines.run("a", "p", 1)
    expect(run).toMatchObject({ status: "failed", steps: [{ cached: true }, { status: "failed" }] })
    expect(run.steps).toHaveLength(2)
  })
})

describe("a failure of the storage", () => {
  test.each([
    [
      "in a parallel",
      definePipeline("p").parallel({ left: (way) => way.step("echo"), right: (way) => way.step("slow") }),
    ],
    ["in a list", definePipeline("p").step("echo", { after: [] }).step("slow", { after: [] })],
  ])("%s has the run go on when what is under way has ended, and calls nothing twice", async (_, pipeline) => {
    let end = () => {}
    const held = new Promise<void>((resolve) => {
      end = resolve
    })
    const { pipelines, storage, calls, reported, advance } = await create({
      slow: over(async () => {
        await held
        return "ended"
      }),
    })
    await pipelines.define("a", pipeline)
    const write = vi.spyOn(storage.pipelines, "writeStep").mockRejectedValueOnce(new Error("no connection"))
    const { id } = await pipelines.start("a", "p", 1)
    await expect.poll(() => write).toHaveBeenCalled()
    const claim = vi.spyOn(storage.pipelines, "claim")
    advance(6000)
    // Time enough for somebody to take the run up again: the consumer looks every 5 ms.
    for (let turn = 0; turn < 50; turn++) await storage.queue.find("a", id)
    expect(claim).not.toHaveBeenCalled()
    end()
    await expect.poll(() => reported).toHaveLength(1)
    advance(6000)
    await reaches(pipelines, id, "succeeded")
    expect(calls.map(({ name }) => name.split("@")[0]).sort()).toEqual(["echo", "echo", "slow"])
  })
})

describe("a run that the service fails at every time", () => {
  test("is tried later each time, then fails, and its job is a dead letter", async () => {
    const { pipelines, storage, told, reported, advance } = await create()
    await pipelines.define("a", definePipeline("p").step("echo"))
    vi.spyOn(storage.pipelines, "writeStep").mockRejectedValue(new Error("no such column"))
    const { id } = await pipelines.start("a", "p", 1)
    const { attempts, waits } = await untilFailed(storage, id, advance)
    expect(waits.slice(0, 9)).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600])
    expect(waits).toHaveLength(24)
    expect(reported).toHaveLength(25)
    const error = { code: "FN_008", message: expect.stringContaining("failed at this 25 times in a row") }
    expect(attempts).toMatchObject([{ number: 1, faults: 25 }])
    expect(await pipelines.getRun("a", id)).toMatchObject({ status: "failed", error, endedAt: expect.any(Number) })
    expect(await storage.queue.find("a", id)).toMatchObject({ status: "failed", error })
    expect(told).toMatchObject([{ id, status: "failed", organisation: "a" }])
  })

  test("is not given up for a storage that is away, however often it is tried", async () => {
    const { pipelines, storage, reported, advance } = await create()
    await pipelines.define("a", definePipeline("p").step("echo"))
    const away = new Error("no connection")
    const claim = vi.spyOn(storage.pipelines, "claim").mockRejectedValue(away)
    const ping = vi.spyOn(storage, "ping").mockRejectedValue(away)
    const { id } = await pipelines.start("a", "p", 1)
    for (let fault = 1; fault <= 60; fault++) {
      await vi.waitFor(() => expect(reported).toHaveLength(fault))
      await vi.waitFor(async () => expect(await storage.queue.find("a", id)).toMatchObject({ status: "delayed" }))
      advance(5000)
    }
    expect(await storage.queue.find("a", id)).toMatchObject({ attempts: [] })
    claim.mockRestore()
    ping.mockRestore()
    advance(5000)
    expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ output: 1 })
  })

  test("goes on counting where its end cannot be written down, until it can", async () => {
    const { pipelines, storage, advance } = await create()
    await pipelines.define("a", definePipeline("p").step("echo"))
    vi.spyOn(storage.pipelines, "writeStep").mockRejectedValue(new Error("no such column"))
    const end = vi.spyOn(storage.pipelines, "endRun").mockRejectedValueOnce(new Error("no connection"))
    const { id } = await pipelines.start("a", "p", 1)
    const { attempts } = await untilFailed(storage, id, advance)
    expect(attempts).toMatchObject([{ faults: 26 }])
    expect(end).toHaveBeenCalledTimes(2)
    expect(await pipelines.getRun("a", id)).toMatchObject({ status: "failed" })
  })

  /** Sets the clock forward again and again; the waits are seconds. */
  async function untilFailed(storage: Storage, id: string, advance: (ms: number) => void) {
    const waits: number[] = []
    for (;;) {
      const job = await storage.queue.find("a", id)
      if (job?.status === "failed") return { attempts: job.attempts, waits }
      const faults = job?.attempts[0]?.faults ?? 0
      if (job?.status === "delayed" && faults > waits.length) {
        waits.push(Math.round((job.runAt - job.updatedAt) / 1000))
        advance(job.runAt - job.updatedAt)
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
})

describe("cancelling", () => {
  test("ends a run that a worker has taken and not begun", async () => {
    const { pipelines, storage, calls } = await create()
    await pipelines.define("a", definePipeline("p").step("echo"))
    const { claim } = storage.pipelines
    let begin = () => {}
    const held = new Promise<void>((resolve) => {
      begin = resolve
    })
    const claiming = vi.spyOn(storage.pipelines, "claim").mockImplementationOnce(async (...run) => {
      await held
      return claim(...run)
    })
    const { id } = await pipelines.start("a", "p", 1)
    await expect.poll(() => claiming).toHaveBeenCalled()
    expect(await pipelines.cancel("a", id)).toMatchObject({ status: "cancelled" })
    begin()
    await expect.poll(() => claiming.mock.settledResults[0]?.type).toBe("fulfilled")
    expect(await pipelines.getRun("a", id)).toMatchObject({ status: "cancelled" })
    expect(calls).toEqual([])
  })

  test("leaves jobs alone that are no runs", async () => {
    const { pipelines, storage } = await create()
    const find = vi.spyOn(storage.queue, "find")
    await pipelines.define("a", definePipeline("p").approval())
    const { id } = await pipelines.start("a", "p", 1)
    await reaches(pipelines, id, "waiting")
    const job = await storage.queue.find("a", id)
    const cancel = vi.spyOn(storage.queue, "cancel")
    find.mockResolvedValue(job && { ...job, id: "call", kind: "function" })
    await expect(pipelines.cancel("a", "call")).rejects.toMatchObject({ code: "FN_001" })
    expect(cancel).not.toHaveBeenCalled()
  })
})

describe("a wait that was ended from outside", () => {
  test.each(["approval", "event"] as const)(
    "goes on though whoever brought the %s ended before it said so",
    async (kind) => {
      const { pipelines, storage } = await create()
      const pipeline = definePipeline("p")
      await pipelines.define("a", kind === "event" ? pipeline.waitForEvent("paid") : pipeline.approval())
      const { id } = await pipelines.start("a", "p", 1)
      await reaches(pipelines, id, "waiting")
      await expect.poll(() => storage.queue.find("a", id)).toMatchObject({ status: "delayed" })
      vi.spyOn(storage.queue, "hasten").mockRejectedValueOnce(new Error("killed"))
      const bring = kind === "event" ? pipelines.deliver("a", "event-1", eventOf("paid")) : approve()
      await expect(bring).rejects.toThrow("killed")
      expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ status: "succeeded" })

      function approve() {
        return pipelines.approve("a", id, "approval", { approved: true })
      }
    },
  )
})
