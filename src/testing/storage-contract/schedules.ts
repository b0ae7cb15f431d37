import { deepEqual, equal } from "node:assert/strict"
import type { TriggerRecord } from "../../model/trigger.ts"
import type { ScheduleMove } from "../../ports/trigger-storage.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleDeployment, sampleFiring, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Schedules, and how they go on. `shared` storages can be at one schedule at once. */
export function describeSchedules({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  /** Declares schedules in the test's organisation and answers them, those of other tests left out. */
  async function declare(...names: readonly string[]): Promise<readonly TriggerRecord[]> {
    const { storage, organisation } = subject
    const triggers = names.map((name) => ({ type: "schedule", cron: "0 3 * * *", name }) as const)
    await storage.functions.commit(sampleDeployment(organisation, "greet", "1", { triggers }))
    return listed()
  }

  async function listed(): Promise<readonly TriggerRecord[]> {
    const schedules = await subject.storage.triggers.listSchedules(10_000, 0)
    return schedules.filter((trigger) => trigger.organisation === subject.organisation)
  }

  const move = (trigger: TriggerRecord, to: number, changes: Partial<ScheduleMove> = {}): ScheduleMove => ({
    trigger,
    from: trigger.nextAt,
    to,
    overlap: "allow",
    firings: [],
    ...changes,
  })

  const tick = (trigger: TriggerRecord, scheduledFor: number) =>
    sampleFiring(trigger, { cause: "schedule", key: String(scheduledFor), scheduledFor, firedAt: scheduledFor + 5 })

  /** Removes what would be due in other tests. */
  async function clear(): Promise<void> {
    await subject.storage.functions.commit(sampleDeployment(subject.organisation, "greet", "1", { triggers: [] }))
  }

  it("begin without a next time, and are listed by it once they have one", async () => {
    const { storage } = subject
    const declared = await declare("a", "b", "c")
    deepEqual(
      declared.map(({ nextAt }) => nextAt),
      [null, null, null],
    )
    const [a, b, c] = declared as [TriggerRecord, TriggerRecord, TriggerRecord]
    equal(await storage.triggers.advance([move(a, 30), move(b, 10), move(c, 20)]), 3)
    deepEqual(
      (await listed()).map(({ name, nextAt }) => [name, nextAt]),
      [
        ["b", 10],
        ["c", 20],
        ["a", 30],
      ],
    )
    deepEqual((await storage.triggers.listSchedules(1, 0)).length, 1)
    await clear()
  })

  it("of organisations take turns where more are due than are asked for", async () => {
    const { storage, organisation } = subject
    const names = ["a", "b", "c", "d", "e"]
    const triggers = names.map((name) => ({ type: "schedule", cron: "* * * * *", name }) as const)
    const others = [`${organisation}-1`, `${organisation}-2`]
    for (const one of [organisation, ...others]) {
      // One of them has fewer: what it leaves is for the others.
      const own = triggers.slice(0, one === others[1] ? 2 : 5)
      await storage.functions.commit(sampleDeployment(one, "greet", one, { triggers: own }))
    }
    const known = [organisation, ...others]
    const all = (await storage.triggers.listSchedules(10_000, 0)).filter((one) => known.includes(one.organisation))
    // The first has been due for longest, with all of its schedules.
    await storage.triggers.advance(
      all.map((trigger) => move(trigger, (known.indexOf(trigger.organisation) + 1) * 10 + names.indexOf(trigger.name))),
    )
    // Other tests may have left some that are due.
    const waiting = (await storage.triggers.listSchedules(10_000, 1000)).filter(({ nextAt }) => (nextAt ?? 0) <= 1000)
    const asked = await storage.triggers.listSchedules(waiting.length - 1, 1000)
    equal(asked.length, waiting.length - 1)
    const due = asked.filter((one) => known.includes(one.organisation))
    deepEqual(
      due.slice(0, 7).map((trigger) => [known.indexOf(trigger.organisation), trigger.name].join("")),
      ["0a", "1a", "2a", "0b", "1b", "2b", "0c"],
    )
    for (const one of others) await storage.functions.commit(sampleDeployment(one, "greet", one, { triggers: [] }))
    await clear()
  })

  it("stay where they are where they were declared again since they were read", async () => {
    const [read] = (await declare("a")) as [TriggerRecord]
    equal(await subject.storage.triggers.advance([move({ ...read, updatedAt: read.updatedAt - 1 }, 1000)]), 0)
    equal((await listed())[0]?.nextAt, null)
    equal(await subject.storage.triggers.advance([move(read, 1000)]), 1)
    await clear()
  })

  it("write down what they fired, and put its job, as they go on", async () => {
    const { storage, organisation } = subject
    const [trigger] = (await declare("a")) as [TriggerRecord]
    await storage.triggers.advance([move(trigger, 1000)])
    const [planned] = (await listed()) as [TriggerRecord]
    const firings = [tick(trigger, 1000), tick(trigger, 2000)]
    equal(await storage.triggers.advance([move(planned, 3000, { firings })]), 1)
    deepEqual(await storage.triggers.find(organisation, trigger.id), { ...trigger, nextAt: 3000, lastFiredAt: 2005 })
    const { items } = await storage.triggers.listFirings(organisation, trigger.id, { limit: 10 })
    deepEqual(items, [firings[1]?.firing, firings[0]?.firing])
    equal((await storage.queue.list(organisation, {}, { limit: 10 })).items.length, 2)
    await clear()
  })

  it("go on once from where they were read", async () => {
    const { storage, organisation } = subject
    const [trigger] = (await declare("a")) as [TriggerRecord]
    await storage.triggers.advance([move(trigger, 1000)])
    const [planned] = (await listed()) as [TriggerRecord]
    const others = shared ? await Promise.all([subject.open(), subject.open()]) : []
    const moves = [storage, storage, ...others].map(({ triggers }) =>
      triggers.advance([move(planned, 2000, { firings: [tick(trigger, 1000)] })]),
    )
    const advanced = await Promise.all(moves)
    equal(
      advanced.reduce((sum, count) => sum + count, 0),
      1,
    )
    equal((await storage.triggers.listFirings(organisation, trigger.id, { limit: 10 })).items.length, 1)
    equal((await storage.queue.list(organisation, {}, { limit: 10 })).items.length, 1)
    await clear()
  })

  it("go on beside others that somebody else has moved on", async () => {
    const { storage, organisation } = subject
    const [a, b] = (await declare("a", "b")) as [TriggerRecord, TriggerRecord]
    equal(await storage.triggers.advance([move(a, 1000), move(b, 1000)]), 2)
    const read = await listed()
    const find = (name: string) => read.find((trigger) => trigger.name === name) as TriggerRecord
    equal(await storage.triggers.advance([move(find("a"), 5000, { firings: [tick(a, 1000)] })]), 1)
    // Other keys than those that were fired, so that nothing but the schedule's own time says that it was moved.
    const late = [find("a"), find("b")].map((trigger) => move(trigger, 3000, { firings: [tick(trigger, 2000)] }))
    equal(await storage.triggers.advance(late), 1)
    deepEqual(
      (await listed()).map(({ name, nextAt }) => [name, nextAt]),
      [
        ["b", 3000],
        ["a", 5000],
      ],
    )
    equal((await storage.triggers.listFirings(organisation, a.id, { limit: 10 })).items.length, 1)
    equal((await storage.queue.list(organisation, {}, { limit: 10 })).items.length, 2)
    await clear()
  })

  it("do not go on while they are paused, and are planned anew when they are resumed", async () => {
    const { storage, organisation } = subject
    const [trigger] = (await declare("a")) as [TriggerRecord]
    await storage.triggers.advance([move(trigger, 1000)])
    const [planned] = (await listed()) as [TriggerRecord]
    await storage.triggers.setStatus(organisation, trigger.id, "paused", sampleTime + 1)
    deepEqual(await listed(), [])
    equal(await storage.triggers.advance([move(planned, 2000, { firings: [tick(trigger, 1000)] })]), 0)
    await storage.triggers.setStatus(organisation, trigger.id, "active", sampleTime + 2)
    deepEqual(await listed(), [{ ...trigger, nextAt: null, updatedAt: sampleTime + 2 }])
    await clear()
  })

  it("are planned anew where their configuration changes, and go on where it does not", async () => {
    const { storage, organisation } = subject
    const [trigger] = (await declare("a")) as [TriggerRecord]
    await storage.triggers.advance([move(trigger, 1000)])
    equal((await declare("a"))[0]?.nextAt, 1000)
    const triggers = [{ type: "schedule", cron: "0 4 * * *", name: "a" }] as const
    await storage.functions.commit(sampleDeployment(organisation, "greet", "1", { triggers }))
    equal((await listed())[0]?.nextAt, null)
    await clear()
  })

  it("end where nothing comes any more", async () => {
    const { storage, organisation } = subject
    const [trigger] = (await declare("a")) as [TriggerRecord]
    equal(await storage.triggers.advance([move(trigger, 0, { to: null })]), 1)
    deepEqual(await listed(), [])
    deepEqual(await storage.triggers.listActive(organisation), [])
  })

  it("skip a call while the one before has not ended, where they are to", async () => {
    const { storage, organisation } = subject
    const [trigger] = (await declare("a")) as [TriggerRecord]
    const step = async (to: number, firings: ScheduleMove["firings"]) => {
      const [read] = (await listed()) as [TriggerRecord]
      await storage.triggers.advance([move(read, to, { overlap: "skip", firings })])
    }
    const outcomes = async () => {
      const { items } = await storage.triggers.listFirings(organisation, trigger.id, { limit: 10 })
      return items.map(({ outcome, reason, jobId }) => [outcome, reason, jobId !== null]).reverse()
    }
    const skipped = ["skipped", "The call before it has not ended.", false]
    await step(3000, [tick(trigger, 1000), tick(trigger, 2000)])
    deepEqual(await outcomes(), [["queued", null, true], skipped])
    await step(4000, [tick(trigger, 3000)])
    deepEqual(await outcomes(), [["queued", null, true], skipped, skipped])
    const [job] = (await storage.queue.list(organisation, {}, { limit: 10 })).items
    const error = { code: "FN_002", name: "Error", message: "no", stack: "" } as const
    await storage.queue.cancel(organisation, job?.id ?? "", error, 1)
    await step(5000, [tick(trigger, 4000)])
    deepEqual((await outcomes()).at(-1), ["queued", null, true])
    await clear()
  })

  it("fire for all of many at once", async () => {
    const { storage, organisation } = subject
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`)
    const declared = await declare(...names)
    equal(await storage.triggers.advance(declared.map((trigger) => move(trigger, 1000))), 60)
    const planned = await listed()
    const firings = planned.map((trigger) => move(trigger, 2000, { firings: [tick(trigger, 1000)] }))
    equal(await storage.triggers.advance(firings), 60)
    equal((await storage.queue.list(organisation, {}, { limit: 100 })).items.length, 60)
    equal(
      (await listed()).every(({ nextAt }) => nextAt === 2000),
      true,
    )
    await clear()
  })
}
