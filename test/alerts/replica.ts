import { type Alerts, createAlerts } from "../../src/alerts/create-alerts.ts"
import { createForecaster } from "../../src/forecast/create-forecaster.ts"
import { createMetrics, type Metrics } from "../../src/metrics/create-metrics.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { createAlertSources, createDigestSource } from "../../src/service/alert-sources.ts"
import { createFakeTime } from "../../src/testing/kit/fake-time.ts"
import { sampleInvocation } from "../../src/testing/storage-contract/samples.ts"
import { newId } from "../../src/util/id.ts"
import { createRecordingNotifier, type RecordingNotifier } from "./recording-notifier.ts"

/** What several processes share. */
export interface Shared {
  readonly storage: Storage
  readonly notifier: RecordingNotifier
  readonly now: () => number
  /** Opens one more process. */
  open(): Replica
  /** Moves the time of all of them on, and does what becomes due. */
  advance(ms: number): Promise<void>
  /** Does the jobs that wait, in the first process. */
  tell(): Promise<void>
}

/** What observes in one process. */
export interface Replica {
  readonly alerts: Alerts
  readonly metrics: Metrics
  /** A call of the function `work` ends. */
  call(isFailing: boolean): void
  close(): Promise<void>
}

const unneeded = async () => {
  throw new Error("nobody asks for it")
}

/** Prepares for processes on one storage, which is open, with one clock. */
export function shareStorage(storage: Storage): Shared {
  const time = createFakeTime(Date.UTC(2026, 0, 1))
  const { now, wakeAfter } = time
  const notifier = createRecordingNotifier()
  const replicas: Replica[] = []
  const onError = (error: unknown) => {
    throw error
  }

  function open(): Replica {
    const facts: { alerts?: Alerts } = {}
    const common = { now, wakeAfter, newId, onError }
    const metrics = createMetrics({
      ...common,
      storage,
      logger: { warn: () => {} },
      tell: (name, fact) => {
        if (name === "window.closed") facts.alerts?.observeWindow(fact as never)
      },
    })
    const alerts = createAlerts({
      ...common,
      ...createAlertSources({ metrics, functions: storage.functions, forecaster: createForecaster(), now }),
      channels: { ops: notifier },
      defaultRules: {},
      digests: { daily: { every: "day" } },
      store: storage.alerts,
      queue: storage.queue,
      digestSource: createDigestSource(metrics, storage.functions),
      http: { fetch: unneeded, close: async () => {} },
      findFunction: async (_, name) => name,
      random: () => 1,
      tell: () => {},
    })
    facts.alerts = alerts
    alerts.start()
    const replica: Replica = {
      alerts,
      metrics,
      call: (isFailing) =>
        metrics.record({
          ...sampleInvocation("o", newId(now())),
          ...{ name: "work", functionId: "1", startedAt: now(), endedAt: now() },
          status: isFailing ? "failed" : "succeeded",
        }),
      async close() {
        await alerts.stop()
        await metrics.close()
      },
    }
    replicas.push(replica)
    return replica
  }

  return {
    storage,
    notifier,
    now,
    open,
    async advance(ms) {
      const end = now() + ms
      while (time.nextAt() <= end) {
        time.set(Math.max(now(), time.nextAt()))
        const due: Promise<unknown>[] = []
        for (let wake = time.takeDue(); wake; wake = time.takeDue()) due.push(Promise.resolve(wake()))
        await Promise.all(due)
      }
      time.set(end)
    },
    async tell() {
      const { leases } = await storage.queue.take({ limit: 100, leaseMs: 60_000, now: now() })
      for (const lease of leases) {
        const verdict = await replicas[0]?.alerts.work(lease, new AbortController().signal)
        if (verdict) await storage.queue.settle([{ ...verdict, lease, at: now() }])
      }
    },
  }
}
