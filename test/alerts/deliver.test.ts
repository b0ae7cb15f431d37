import { describe, expect, it, onTestFinished } from "vitest"
import { createDeliver } from "../../src/alerts/deliver.ts"
import { createToJobs } from "../../src/alerts/notification.ts"
import { DeliveryError } from "../../src/errors/delivery-error.ts"
import type { Alert } from "../../src/model/alert.ts"
import type { NewJob } from "../../src/model/job.ts"
import { openMemoryStorage } from "../../src/testing/kit/embedded.ts"
import { newId } from "../../src/util/id.ts"
import { createRecordingNotifier } from "./recording-notifier.ts"

const begin = Date.UTC(2026, 0, 1)

const alert = {
  ...{ organisation: "o", id: "alert", rule: { id: "rule", name: "Failures" }, function: "work", series: null },
  ...{ labels: {}, severity: "high", status: "firing", condition: { type: "failure" } },
  occasion: { message: "", invocationId: null, traceId: null, error: null, finding: null, value: null, at: begin },
  ...{ count: 1, notifications: 1, firstAt: begin, lastAt: begin, notifiedAt: begin, resolvesAt: null },
  ...{ acknowledgedAt: null, acknowledgedBy: null, resolvedAt: null, resolvedBy: null },
} satisfies Alert

/** A queue with jobs for the channel `ops`, and what does them until none is left. */
async function open() {
  const memory = openMemoryStorage()
  await memory.storage.open?.()
  onTestFinished(() => memory.close())
  const { queue } = memory.storage
  const notifier = createRecordingNotifier()
  const channels = new Map([["ops", { notifier }]])
  let time = begin
  const now = () => time
  const toJobs = createToJobs({ channels, now, newId })
  const http = { fetch: () => Promise.reject(new Error("nobody asks for it")), close: async () => {} }
  const deliver = createDeliver({ channels, queue, http, now, random: () => 1 })
  return {
    ...{ queue, notifier },
    jobOf: (reason: "firing" | "repeated" | "resolved", notifications: number) =>
      toJobs({ reason, alert: { ...alert, notifications }, digest: null }, null)[0] as NewJob,
    /** Does what is due, one after the other, for so long. */
    async pass(ms: number) {
      for (const end = time + ms; time < end; time += 1000) {
        const { leases } = await queue.take({ limit: 10, leaseMs: 60_000, now: time })
        for (const lease of leases) {
          const verdict = await deliver(lease, new AbortController().signal)
          await queue.settle([{ ...verdict, lease, at: time }])
        }
      }
    },
    told: () => notifier.told.map(({ reason }) => reason),
    async statusOf({ id }: NewJob) {
      return (await queue.find("o", id))?.status
    },
  }
}

const stopped = { code: "FN_008", name: "Error", message: "stopped", stack: "" } as const

describe("a notification", () => {
  it("that cannot be read is a dead letter at once, and the others are told", async () => {
    const { queue, jobOf, pass, told, statusOf } = await open()
    const [first, last] = [jobOf("firing", 1), jobOf("resolved", 1)]
    const unreadable = ["ops\n{", "ops\n{}", "", "ops\nnull"].map((payload) => ({
      ...first,
      id: newId(begin),
      payload,
    }))
    await queue.put([{ ...first, payload: "ops\n[" }, ...unreadable, last])
    await pass(5000)
    expect(told()).toEqual(["resolved"])
    for (const job of [first, ...unreadable]) expect(await statusOf(job)).toBe("failed")
    const { error, attempts } = (await queue.find("o", first.id)) ?? {}
    expect(error?.message).toBe('Cannot tell channel "ops" of an alert: what it is to be told cannot be read.')
    expect(attempts).toHaveLength(1)
  })

  it.each(["cancelled", "absent", "unreadable"])("waits for those before one that is %s", async (middle) => {
    const { queue, jobOf, pass, told } = await open()
    const [first, second, last] = [jobOf("firing", 1), jobOf("repeated", 2), jobOf("resolved", 2)]
    await queue.put([{ ...first, runAt: begin + 60_000 }, last])
    if (middle === "unreadable") await queue.put([{ ...second, payload: "ops\n{" }])
    if (middle === "cancelled") {
      await queue.put([second])
      await queue.cancel("o", second.id, stopped, begin)
    }
    await pass(30_000)
    expect(told()).toEqual([])
    await pass(60_000)
    expect(told()).toEqual(["firing", "resolved"])
  })

  it("waits for one before it that is done again", async () => {
    const { queue, notifier, jobOf, pass, told, statusOf } = await open()
    notifier.failure = new DeliveryError("the service answered 410.", { final: true })
    const [first, last] = [jobOf("firing", 1), jobOf("resolved", 1)]
    await queue.put([first])
    await pass(1000)
    expect(await statusOf(first)).toBe("failed")
    notifier.failure = undefined
    await queue.put([{ ...first, id: newId(begin), originId: first.id, runAt: begin + 60_000 }, last])
    await pass(30_000)
    expect(told()).toEqual([])
    await pass(60_000)
    expect(told()).toEqual(["firing", "resolved"])
  })

  it("is told though all before it were given up", async () => {
    const { queue, jobOf, pass, told } = await open()
    await queue.put([jobOf("resolved", 10_000)])
    await pass(1000)
    expect(told()).toEqual(["resolved"])
  })
})
