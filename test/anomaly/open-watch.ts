import { onTestFinished } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { type Anomalies, createAnomalies } from "../../src/anomaly/watch/create-anomalies.ts"
import type { AnomaliesOptions, Anomaly, Storage } from "../../src/index.ts"
import type { MetricMinute } from "../../src/ports/metric-storage.ts"
import { createFakeTime } from "../../src/testing/kit/fake-time.ts"
import { sampleSeries, sampleWindow } from "../../src/testing/storage-contract/samples.ts"
import { newId } from "../../src/util/id.ts"

const minute = 60_000
const begin = Date.UTC(2030, 0, 7)

/** Whose minutes they are. */
export const organisation = "o"

/** Minutes of one storage, and those who watch them. */
export async function openWatch(storage: Storage = sqlite(":memory:")) {
  await storage.open()
  onTestFinished(() => storage.close())
  const time = createFakeTime(begin)
  const told: Anomaly[] = []
  const failures: unknown[] = []
  const warnings: string[] = []
  /** Functions that are not there any more. */
  const removed = new Set<string>()
  let isDown = false
  let present: readonly MetricMinute[] = []
  const downable = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== "function") return method
        return (...args: unknown[]) =>
          isDown ? Promise.reject(new Error("the storage is down")) : Reflect.apply(method, target, args)
      },
    })

  /** One more process, with connections of its own where they are given. */
  function join(options: AnomaliesOptions = {}, own: Storage = storage): Anomalies {
    const process = createAnomalies({
      ...options,
      store: downable(own.anomalies),
      metrics: downable(own.metrics),
      now: time.now,
      wakeAfter: time.wakeAfter,
      newId,
      flush: async () => {},
      present: () => present,
      hasFunction: async (_, id) => !removed.has(id),
      tell: (name, fact) => {
        if (name === "anomaly.found") told.push(fact as Anomaly)
      },
      logger: { warn: (message) => void warnings.push(message) },
      onError: (error) => void failures.push(error),
    })
    process.start()
    return process
  }

  /** Does what is due within a time. */
  async function pass(ms: number): Promise<void> {
    const end = time.now() + ms
    while (time.nextAt() <= end) {
      time.set(Math.max(time.now(), time.nextAt()))
      const woken: unknown[] = []
      for (let due = time.takeDue(); due; due = time.takeDue()) woken.push(due())
      await Promise.all(woken)
    }
    time.set(end)
  }

  let parts = 0
  /** A minute passes in which a series had values; none where the mean is null. */
  async function pastMinute(
    mean: number | null,
    { key = "room.temperature", functionId = null as string | null, count = 1, dimensions = {} } = {},
  ) {
    const at = Math.floor(time.now() / minute) * minute
    await pass(minute)
    if (mean === null) return
    const id = toId(key, functionId)
    const series = sampleSeries(organisation, id, { key, functionId, dimensions, seenAt: at })
    const change = { at, count, sum: mean * count, part: `${parts++}` }
    await storage.metrics.insert([sampleWindow(organisation, id, change)], [series])
  }

  /** Values around 20 that never stand still. */
  async function learn(minutes: number, options: Parameters<typeof pastMinute>[1] = {}): Promise<void> {
    for (let at = 0; at < minutes; at++) await pastMinute(20 + ((at * 7) % 11) / 10, options)
  }

  const list = async () => (await storage.anomalies.list(organisation, {}, { limit: 100 })).items
  const setDown = (down: boolean) => {
    isDown = down
  }
  /** What a function has measured by now in the minute that goes on, in each process. */
  const setPresent = (key: string, functionId: string, sum: number) => {
    const id = toId(key, functionId)
    present = [{ series: sampleSeries(organisation, id, { key, functionId, seenAt: time.now() }), count: 1, sum }]
  }
  return { storage, time, told, failures, warnings, removed, join, pass, pastMinute, learn, list, setDown, setPresent }
}

/** Functions have series of their own. */
function toId(key: string, functionId: string | null): string {
  return functionId === null ? key : `${key} of ${functionId}`
}
