import { describe, expect, it, onTestFinished } from "vitest"
import { sqlite } from "../../../adapters/storage/sqlite.ts"
import { FunctionsError } from "../../../src/errors/functions-error.ts"
import { createRunJobs } from "../../../src/forecast/series/run-job.ts"
import { createSchedules } from "../../../src/forecast/series/schedules.ts"
import type { Lease } from "../../../src/model/job.ts"
import { createTimetable } from "../../../src/triggers/schedules/timetable.ts"
import { newId, newTraceId } from "../../../src/util/id.ts"
import { hour, minute, monday } from "./kit.ts"

const outage = new Error("connection reset by 10.0.0.7")
const going = new AbortController().signal

/** Schedules on a storage of their own, whose forecasts are made by `make`. */
async function open(make: () => Promise<void>) {
  const storage = sqlite(":memory:")
  await storage.open()
  onTestFinished(() => storage.close())
  let now = monday
  const errors: unknown[] = []
  const making = { store: storage.forecasts, now: () => now, newId, newTraceId }
  const readCron = (expression: string) => createTimetable(expression, "UTC")
  const schedules = createSchedules({ ...making, readCron, checkInput: async () => {} })
  const jobs = createRunJobs({
    ...{ ...making, readCron, make, random: () => 1 },
    onError: (error, { stage }) => errors.push([error, stage]),
  })
  const { id } = await schedules.create("o", { name: "s", every: "hourly", key: "load", step: "1h", horizon: 1 })
  return {
    ...{ storage, schedules, jobs, errors, id },
    at: () => now,
    /** Takes what is due then, or sooner. */
    async take(at: number): Promise<readonly Lease[]> {
      now = at
      return (await storage.queue.take({ limit: 10, leaseMs: 1000, now })).leases
    },
    runs: async () => (await schedules.listRuns("o", id, { limit: 10 })).items,
  }
}

describe("the run of a schedule", () => {
  it("is tried again later where the service failed, which its host alone hears of", async () => {
    let isAway = true
    const { take, jobs, runs, errors, storage } = await open(async () => {
      if (isAway) throw outage
    })
    const [lease] = await take(monday + 2 * minute)
    const verdict = await jobs.work(lease as Lease, going)
    expect(verdict).toMatchObject({ outcome: "again", runAt: monday + 2.5 * minute, attempt: { number: 1 } })
    const [, retrying] = await runs()
    expect(retrying).toMatchObject({ status: "retrying", attempts: 1, error: { code: "FN_008" }, endedAt: null })
    expect(JSON.stringify([verdict, retrying])).not.toContain("10.0.0.7")
    expect(errors).toEqual([[outage, "forecasts"]])
    await storage.queue.settle([{ lease: lease as Lease, at: monday, ...verdict }])
    isAway = false
    const [again] = await take(monday + 3 * minute)
    expect(await jobs.work(again as Lease, going)).toMatchObject({ outcome: "succeeded", attempt: { number: 2 } })
    expect(await runs()).toMatchObject([
      { status: "pending", scheduledFor: monday + hour + 2 * minute },
      { status: "completed", attempts: 2, error: null },
    ])
  })

  it("has failed after five tries, or one that no other would mend; the next one comes all the same", async () => {
    let error: Error = outage
    const { take, jobs, runs, storage } = await open(async () => {
      throw error
    })
    const [lease] = (await take(monday + 2 * minute)) as [Lease]
    const last = { ...lease, job: { ...lease.job, attempt: 5 } }
    const verdict = await jobs.work(last, going)
    expect(verdict).toMatchObject({ outcome: "failed", error: { code: "FN_008" } })
    await storage.queue.settle([{ lease, at: monday, ...verdict }])
    error = new FunctionsError("FN_001", "no such series")
    const [next] = (await take(monday + 62 * minute)) as [Lease]
    expect(await jobs.work(next, going)).toMatchObject({ outcome: "failed", attempt: { number: 1 } })
    expect(await runs()).toMatchObject([
      { status: "pending", scheduledFor: monday + 2 * hour + 2 * minute },
      { status: "failed", error: { code: "FN_001", message: "no such series" } },
      { status: "failed", error: { code: "FN_008" } },
    ])
  })

  it("that a process was ended in is done by another, and brings no second next one", async () => {
    let tries = 0
    const { take, jobs, runs } = await open(async () => {
      tries++
      // The first process is gone before it could say anything.
      if (tries === 1) await new Promise(() => {})
    })
    const [lease] = (await take(monday + 2 * minute)) as [Lease]
    void jobs.work(lease, going)
    await expect.poll(runs).toMatchObject([{ status: "pending" }, { status: "running", attempts: 1 }])
    const [again] = (await take(monday + 3 * minute)) as [Lease]
    expect(again.token).toBe(2)
    expect(await jobs.work(again, going)).toMatchObject({ outcome: "succeeded" })
    expect(await runs()).toMatchObject([{ status: "pending" }, { status: "completed", attempts: 2 }])
  })

  it("goes on elsewhere where this process closes", async () => {
    const closing = new AbortController()
    const { take, jobs, runs } = await open(async () => {
      closing.abort()
      throw closing.signal.reason
    })
    const [lease] = (await take(monday + 2 * minute)) as [Lease]
    const verdict = await jobs.work(lease, closing.signal)
    expect(verdict).toEqual({ outcome: "again", runAt: monday + 2 * minute, attempt: null })
    expect((await runs())[1]).toMatchObject({ status: "running", error: null })
  })

  it("that was given up has failed, and the schedule goes on", async () => {
    const { take, jobs, runs } = await open(async () => {})
    const [lease] = (await take(monday + 2 * minute)) as [Lease]
    await jobs.giveUp(lease.job, { code: "FN_008", name: "FunctionsError", message: "gave up", stack: "" })
    expect(await runs()).toMatchObject([
      { status: "pending", scheduledFor: monday + hour + 2 * minute },
      { status: "failed", error: { code: "FN_008", message: "gave up" } },
    ])
  })

  it.each(["", "s", "s\nno JSON", 's\n{"scheduleId":1}', 's\n{"scheduleId":"x","runId":"y"}'])(
    "of a job that says %j is none",
    async (payload) => {
      const { take, jobs } = await open(async () => {
        throw outage
      })
      const [lease] = (await take(monday + 2 * minute)) as [Lease]
      const verdict = await jobs.work({ ...lease, job: { ...lease.job, payload } }, going)
      expect(verdict).toMatchObject({ outcome: "cancelled", error: { code: "FN_001" } })
    },
  )
})
