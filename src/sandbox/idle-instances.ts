import type { RuntimeVersion } from "../ports/runtime.ts"
import type { Instance } from "./instance.ts"

/** Instances of one memory class that a thread keeps: organisations that alternate then seldom share one. */
const kept = 3

/** A thread's instances that no call has, by memory class. */
export class IdleInstances {
  readonly #idle: Map<number, Instance[]> = new Map()

  /** Prefers the instance that the same organisation had last: then its stack need not be cleared. */
  take(version: RuntimeVersion): Instance | undefined {
    const idle = this.#idle.get(version.memoryMb) ?? []
    const own = idle.findIndex((instance) => instance.owner === version.organisation)
    return idle.splice(own === -1 ? 0 : own, 1)[0]
  }

  /** Takes an instance back, unless it cannot be used again or there are enough. */
  add(instance: Instance, memoryMb: number): void {
    if (!instance.reusable) return
    const idle = this.#idle.get(memoryMb) ?? []
    if (idle.length < kept) idle.push(instance)
    this.#idle.set(memoryMb, idle)
  }
}
