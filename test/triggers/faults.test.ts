import { describe, expect, it } from "vitest"
import { type Attempt, firstLease, type Lease } from "../../src/model/job.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { createFaultJudge } from "../../src/triggers/queue/faults.ts"

const hourMs = 3_600_000
const nowMs = Date.UTC(2030, 0, 1)
const forever = new AbortController().signal

function judge(lease: Lease, signal = forever, ping: () => Promise<void> = async () => {}) {
  const giveUp = async () => {}
  const onError = (error: unknown) => expect(error).toBeUndefined()
  return createFaultJudge({ ping, giveUp, now: () => nowMs, onError })(lease, nowMs, signal)
}

function leaseWith(faults: number, given: Partial<Attempt> = {}): Lease {
  const lease = firstLease(sampleJob("o", { leasedUntil: nowMs + 30_000 }))
  const attempt = { number: 1, invocationId: null, startedAt: nowMs - 1, endedAt: nowMs - 1, faults, ...given }
  return { ...lease, job: { ...lease.job, attempts: [attempt] } }
}

describe("a fault of the service", () => {
  it("ends a job as a dead letter that it met 25 times in a row, and tells its owner nothing of the inside", async () => {
    expect(await judge(leaseWith(23))).toMatchObject({ outcome: "again", attempt: { faults: 24 } })
    const verdict = await judge(leaseWith(24))
    expect(verdict).toMatchObject({ outcome: "failed", error: { code: "FN_008" }, attempt: { faults: 25 } })
  })

  it("is the first of a row where the one before was long ago, or met another try", async () => {
    const first = { outcome: "again", runAt: nowMs + 5000, attempt: { faults: 1 } }
    expect(await judge(leaseWith(24, { endedAt: nowMs - 7 * hourMs }))).toMatchObject(first)
    expect(await judge(leaseWith(24, { number: 0 }))).toMatchObject(first)
  })

  it("counts for nothing where the work was ended, or while the storage does not answer", async () => {
    const uncounted = { outcome: "again", runAt: nowMs + 5000, attempt: null }
    expect(await judge(leaseWith(24), AbortSignal.abort())).toEqual(uncounted)
    expect(await judge(leaseWith(24), forever, () => Promise.reject(new Error("away")))).toEqual(uncounted)
    const silent = new AbortController()
    const judged = judge(leaseWith(24), silent.signal, () => new Promise(() => {}))
    silent.abort()
    expect(await judged).toEqual(uncounted)
  })
})
