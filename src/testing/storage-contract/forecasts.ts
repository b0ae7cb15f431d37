import { deepEqual, equal } from "node:assert/strict"
import type { ForecastEvaluation, SeriesForecast } from "../../model/forecast.ts"
import type { ForecastRun, ForecastSchedule } from "../../model/forecast-schedule.ts"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleForecast } from "./sample-forecast.ts"
import { awkwardText, sampleTime as now, sampleJob } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Forecasts, the schedules that they are made by, and the runs of these. */
export function describeForecasts({ it }: ContractRunner, subject: StorageSubject): void {
  const forecast = (change: Partial<SeriesForecast> = {}) => sampleForecast(subject.organisation, change)
  const schedule = (change: Partial<ForecastSchedule> = {}): ForecastSchedule => ({
    organisation: subject.organisation,
    id: newId(now),
    name: awkwardText,
    every: "hourly",
    request: { key: "orders", step: "1h", horizon: 24, dimensions: { shop: awkwardText } },
    status: "active",
    nextRunId: null,
    nextAt: null,
    createdAt: now,
    updatedAt: now,
    ...change,
  })
  const run = (scheduleId: string, change: Partial<ForecastRun> = {}): ForecastRun => ({
    organisation: subject.organisation,
    id: newId(now),
    scheduleId,
    status: "pending",
    scheduledFor: now,
    attempts: 0,
    startedAt: null,
    endedAt: null,
    error: null,
    forecastId: null,
    ...change,
  })
  const evaluation: ForecastEvaluation = {
    ...{ count: 2, mae: 1, rmse: 2, mape: null, coverage: { 80: 50, 97.5: 100 } },
    ...{ evaluatedAt: now + 9, complete: true },
  }
  const page = { limit: 10 }

  it("keeps a forecast with all of its points, once", async () => {
    const { storage, organisation } = subject
    const given = forecast()
    await storage.forecasts.insert(given)
    await storage.forecasts.insert({ ...given, key: "another" })
    deepEqual(await storage.forecasts.find(organisation, given.id), given)
    equal(await storage.forecasts.find(`${organisation}-other`, given.id), null)
    equal(await storage.forecasts.find(organisation, "missing"), null)
  })

  it("lists forecasts without their points, newest first, by what is asked for", async () => {
    const { storage, organisation } = subject
    const first = forecast({ functionId: "f", scheduleId: "s" })
    const second = forecast({ key: "other", backend: "remote", madeAt: now + 5 })
    for (const one of [first, second]) await storage.forecasts.insert(one)
    const ids = async (filter: Parameters<typeof storage.forecasts.list>[1]) =>
      (await storage.forecasts.list(organisation, filter, page)).items.map(({ id }) => id)
    deepEqual(await ids({}), [second.id, first.id])
    deepEqual(await ids({ key: first.key }), [first.id])
    deepEqual(await ids({ functionId: "f" }), [first.id])
    deepEqual(await ids({ scheduleId: "s" }), [first.id])
    deepEqual(await ids({ backend: "remote" }), [second.id])
    deepEqual(await ids({ made: { from: now, to: now + 5 } }), [first.id])
    deepEqual(await ids({ evaluated: true }), [])
    const { points, ...summary } = second
    equal(points.length, 2)
    const newest = await storage.forecasts.list(organisation, {}, { limit: 1 })
    deepEqual(newest.items, [summary])
    const rest = await storage.forecasts.list(organisation, {}, { limit: 1, cursor: newest.next ?? "" })
    deepEqual([rest.items.map(({ id }) => id), rest.next], [[first.id], null])
  })

  it("gives those that ended to be held against what came, until they were", async () => {
    const { storage, organisation } = subject
    const late = forecast({ endsAt: 7 })
    const soon = forecast({ endsAt: 5 })
    for (const one of [late, soon, forecast({ endsAt: 8 })]) await storage.forecasts.insert(one)
    const due = async () =>
      (await storage.forecasts.listDue(8, 1000)).filter((one) => one.organisation === organisation)
    deepEqual(await due(), [soon, late])
    await storage.forecasts.evaluate(organisation, soon.id, now, evaluation)
    await storage.forecasts.evaluate(organisation, late.id, now, null)
    deepEqual(await due(), [])
    deepEqual((await storage.forecasts.find(organisation, soon.id))?.evaluation, evaluation)
    const judged = await storage.forecasts.list(organisation, { evaluated: true }, page)
    deepEqual(
      judged.items.map((one) => [one.id, one.evaluation]),
      [[soon.id, evaluation]],
    )
  })

  it("removes forecasts and runs that are old", async () => {
    const { storage, organisation } = subject
    const [old, kept] = [forecast({ madeAt: 3 }), forecast({ madeAt: 4 })]
    for (const one of [old, kept]) await storage.forecasts.insert(one)
    await storage.forecasts.expire(4, 1000)
    equal(await storage.forecasts.find(organisation, old.id), null)
    deepEqual(await storage.forecasts.find(organisation, kept.id), kept)
    const planned = schedule()
    const [first, second] = [run(planned.id, { status: "failed", endedAt: 3 }), run(planned.id)]
    await storage.forecasts.addSchedule(planned, first, sampleJob(organisation))
    await storage.forecasts.changeSchedule(organisation, planned.id, null, (found) => ({
      ...{ schedule: found, runs: [second], jobs: [] },
    }))
    await storage.forecasts.expireRuns(3, 1000)
    deepEqual(await storage.forecasts.findRun(organisation, first.id), first)
    await storage.forecasts.expireRuns(4, 1000)
    equal(await storage.forecasts.findRun(organisation, first.id), null)
    deepEqual(await storage.forecasts.findRun(organisation, second.id), second)
  })

  it("keeps schedules by their ids, each with a name of its own, and puts the first job with them", async () => {
    const { storage, organisation } = subject
    const [first, second] = [schedule(), schedule({ name: "second" })]
    const [job, refused] = [sampleJob(organisation), sampleJob(organisation)]
    const planned = run(first.id)
    equal(await storage.forecasts.addSchedule(first, planned, job), true)
    equal((await storage.queue.find(organisation, job.id))?.id, job.id)
    const taken = run(first.id)
    equal(await storage.forecasts.addSchedule(schedule(), taken, refused), false)
    equal(await storage.queue.find(organisation, refused.id), null)
    equal(await storage.forecasts.findRun(organisation, taken.id), null)
    equal(await storage.forecasts.addSchedule(second, run(second.id), sampleJob(organisation)), true)
    deepEqual(await storage.forecasts.listSchedules(organisation), [first, second])
    deepEqual(await storage.forecasts.findSchedule(organisation, first.id), first)
    equal(await storage.forecasts.findSchedule(`${organisation}-other`, first.id), null)
    const runs = await storage.forecasts.listRuns(organisation, first.id, page)
    deepEqual([runs.items, runs.next], [[planned], null])
  })

  it("changes a schedule with its runs and jobs, one change at a time", async () => {
    const { storage, organisation } = subject
    const given = schedule({ nextAt: 0 })
    const planned = run(given.id)
    await storage.forecasts.addSchedule(given, planned, sampleJob(organisation))
    await Promise.all(
      Array.from({ length: 8 }, () =>
        storage.forecasts.changeSchedule(organisation, given.id, planned.id, (found, next) => ({
          schedule: found && { ...found, nextAt: (found.nextAt ?? 0) + 1 },
          runs: next ? [{ ...next, attempts: next.attempts + 1 }] : [],
          jobs: [],
        })),
      ),
    )
    equal((await storage.forecasts.findSchedule(organisation, given.id))?.nextAt, 8)
    equal((await storage.forecasts.findRun(organisation, planned.id))?.attempts, 8)
    const job = sampleJob(organisation)
    const following = run(given.id)
    await storage.forecasts.changeSchedule(organisation, given.id, null, (found) => ({
      ...{ schedule: found, runs: [following], takenBack: planned.id, jobs: [job] },
    }))
    equal((await storage.queue.find(organisation, job.id))?.id, job.id)
    const runs = await storage.forecasts.listRuns(organisation, given.id, page)
    deepEqual(runs.items, [following])
  })

  it("changes nothing where it is not wanted, and what is left of a schedule that is gone", async () => {
    const { storage, organisation } = subject
    const given = schedule()
    const planned = run(given.id)
    await storage.forecasts.addSchedule(given, planned, sampleJob(organisation))
    const unwanted = sampleJob(organisation)
    const { changeSchedule } = storage.forecasts
    equal(await changeSchedule(organisation, given.id, planned.id, () => null), null)
    const gone = { schedule: null, runs: [], jobs: [unwanted] }
    equal(await changeSchedule(organisation, "missing", "missing", () => gone), null)
    equal(await storage.queue.find(organisation, unwanted.id), null)
    await changeSchedule(organisation, given.id, null, () => ({ schedule: null, runs: [], jobs: [] }))
    equal(await storage.forecasts.findSchedule(organisation, given.id), null)
    const ended = { ...planned, status: "failed" as const, endedAt: now }
    await changeSchedule(organisation, given.id, planned.id, (found, left) => {
      deepEqual([found, left], [null, planned])
      return { schedule: null, runs: [ended], jobs: [] }
    })
    deepEqual(await storage.forecasts.findRun(organisation, planned.id), ended)
  })
}
