import type { HttpClient } from "../ports/http-client.ts"
import type { Runtime } from "../ports/runtime.ts"
import type { Storage } from "../ports/storage.ts"
import type { Bundler } from "../registry/bundler.ts"
import { closeAll } from "./close-all.ts"
import type { DurableWork } from "./durable-work.ts"
import type { Gate } from "./gate.ts"
import type { Observing } from "./observing.ts"
import { ping } from "./ping.ts"
import type { Prewarming } from "./prewarming.ts"
import type { SharedClock } from "./shared-clock.ts"

/** What is closed, in whatever order that takes. */
export interface ShutdownOptions {
  readonly gate: Gate
  readonly prewarming: Prewarming
  readonly durable: DurableWork
  readonly clock: SharedClock
  readonly bundler: Bundler
  readonly runtimes: readonly Runtime[]
  readonly observing: Pick<Observing, "close">
  readonly http: HttpClient
  readonly storage: Pick<Storage, "ping" | "cut" | "close">
}

/** How long runs that were ended may take to be stored. */
const lastWordsMs = 1000
/** A storage that is silent for so long while the service closes is cut off. */
const silentMs = 2000

/** Makes what ends the service: what is under way has so many milliseconds to come to its end. */
export function createShutdown(options: ShutdownOptions): (graceMs: number) => Promise<void> {
  const { gate, prewarming, durable, clock, bundler, runtimes, observing, http, storage } = options
  return async (graceMs) => {
    const endsAt = performance.now() + graceMs
    const left = () => Math.max(0, endsAt - performance.now())
    const stopWatching = cutOffWhereSilent(storage, graceMs + lastWordsMs)
    gate.shut()
    prewarming.stop()
    await closeAll([
      () => durable.stop(graceMs),
      () => clock.stop(),
      () => gate.drain(left()),
      () => bundler.close(),
      ...runtimes.map((runtime) => () => runtime.close(left())),
      // Runs whose calls were just ended still write down how far they came.
      () => gate.drain(lastWordsMs),
      () => durable.end(),
      () => observing.close(),
      () => http.close(),
      async () => {
        stopWatching()
        const tooLong = setTimeout(() => storage.cut?.(), silentMs)
        await storage.close().finally(() => clearTimeout(tooLong))
      },
    ])
  }
}

/**
 * Everything that closes waits for the storage in one way or another, and one that was cut off answers nobody for many
 * minutes. One that is slow is waited for.
 */
function cutOffWhereSilent(storage: Pick<Storage, "ping" | "cut">, afterMs: number): () => void {
  let isOver = false
  let timer = setTimeout(look, afterMs)

  async function look(): Promise<void> {
    try {
      await ping(storage, silentMs)
      if (!isOver) timer = setTimeout(look, lastWordsMs)
    } catch {
      if (!isOver) storage.cut?.()
    }
  }

  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
