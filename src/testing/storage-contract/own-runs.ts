import { deepEqual, equal, rejects } from "node:assert/strict"
import { firstLease } from "../../model/job.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleJob, sampleRun, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

const leaseMs = 30_000

/** Runs that the one who puts them does: their job and what is written down of them belong together. */
export function describeOwnRuns({ it }: ContractRunner, subject: StorageSubject): void {
  const succeeded = { status: "succeeded", output: JSON.stringify(awkwardText), error: null } as const
  const begin = async () => {
    const { storage, organisation } = subject
    const run = sampleRun(organisation, "p")
    const job = sampleJob(organisation, {
      ...{ id: run.id, kind: "pipeline", target: "p", payload: JSON.stringify(awkwardText) },
      ...{ runAt: sampleTime, createdAt: sampleTime, leasedUntil: sampleTime + leaseMs },
    })
    const claim = await storage.pipelines.beginRun(job, run)
    return { ...storage, organisation, run, job, claim, lease: firstLease(job) }
  }
  /** Jobs of the organisation: others may have left some, too. */
  const take = async (ms: number) => {
    const { storage, organisation } = subject
    const { leases } = await storage.queue.take({ limit: 1000, leaseMs, now: sampleTime + ms })
    return leases.filter(({ job }) => job.organisation === organisation)
  }

  it("begins a run together with its job, which is nobody else's while the first lease lasts", async () => {
    const { pipelines, queue, organisation, run, lease, claim } = await begin()
    deepEqual(claim, { run, fence: 1, steps: [] })
    deepEqual(await pipelines.findRun(organisation, run.id), run)
    deepEqual(await queue.find(organisation, run.id), { ...lease.job, depth: 0 })
    deepEqual(await take(1), [])
    deepEqual(
      (await take(leaseMs + 1)).map(({ job, token }) => [job.id, token]),
      [[run.id, 2]],
    )
    deepEqual((await pipelines.reclaim(organisation, run.id))?.fence, 2)
  })

  it("begins neither where one of them is there already", async () => {
    const { pipelines, queue, organisation, run, job } = await begin()
    const other = sampleRun(organisation, "p")
    await rejects(pipelines.beginRun({ ...job, id: other.id }, run))
    equal(await queue.find(organisation, other.id), null)
    await rejects(pipelines.beginRun(job, other))
    equal(await pipelines.findRun(organisation, other.id), null)
  })

  it("ends a run together with its job", async () => {
    const { pipelines, queue, organisation, run, lease } = await begin()
    const endedAt = sampleTime + 5
    equal(await pipelines.completeRun(lease, 1, { ...succeeded, endedAt }), "settled")
    deepEqual(await pipelines.findRun(organisation, run.id), { ...run, ...succeeded, endedAt })
    const job = await queue.find(organisation, run.id)
    deepEqual([job?.status, job?.result, job?.error, job?.updatedAt], ["succeeded", null, null, endedAt])
    equal(await pipelines.completeRun(lease, 1, { ...succeeded, endedAt }), false)
  })

  it("does not hear the end of a run that somebody else has, nor settles its job", async () => {
    const { pipelines, queue, organisation, run, lease } = await begin()
    await pipelines.reclaim(organisation, run.id)
    equal(await pipelines.completeRun(lease, 1, { ...succeeded, endedAt: sampleTime + 5 }), false)
    equal((await pipelines.findRun(organisation, run.id))?.status, "running")
    equal((await queue.find(organisation, run.id))?.status, "running")
  })

  it("leaves the job to the queue under a later lease, or where it has a flow", async () => {
    const { pipelines, queue, organisation, run } = await begin()
    const [lease] = await take(leaseMs + 1)
    if (!lease) throw new Error("The job was not taken.")
    equal(await pipelines.completeRun(lease, 1, { ...succeeded, endedAt: sampleTime + 5 }), "written")
    equal((await queue.find(organisation, run.id))?.status, "running")
    deepEqual(
      await queue.settle([{ lease, outcome: "succeeded", result: null, attempt: null, at: sampleTime + 6 }]),
      [],
    )

    const flow = { gathering: null, throttle: null, lanes: [{ key: "*", limit: 1 }] }
    const flowing = sampleRun(organisation, "p")
    const { fence } = await pipelines.claim(flowing)
    await queue.put([
      sampleJob(organisation, { id: flowing.id, kind: "pipeline", flow, runAt: sampleTime, createdAt: sampleTime }),
    ])
    const [taken] = await take(1)
    if (!taken) throw new Error("The job was not taken.")
    equal(await pipelines.completeRun(taken, fence, { ...succeeded, endedAt: sampleTime + 5 }), "written")
    equal((await queue.find(organisation, flowing.id))?.status, "running")
  })
}
