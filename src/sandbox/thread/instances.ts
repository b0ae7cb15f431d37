import type { RuntimeVersion } from "../../ports/runtime.ts"
import type { Instance } from "../engine/instance.ts"
import type { KeptInstance } from "../protocol.ts"
import { collectGarbage } from "./collect-garbage.ts"

/** Instances of one memory class that a thread has in stock: organisations that alternate then seldom share one. */
const stockOfClass = 3
/** Instances that a thread has in stock, of all classes together. */
const stock = 6
const megabyte = 1_048_576
/** An instance is kept for later calls of its function while it holds at most this part of what a call may use. */
const keptPart = 0.5
/** Dropped instances are collected once they have grown by so much. */
const collectedBytes = 8 * megabyte

interface Idle {
  readonly instance: Instance
  readonly memoryMb: number
}

/** A thread's instances that no call has: those in stock for any call, and those kept as a call of their function left them. */
export class Instances {
  readonly #make: (memoryMb: number) => Promise<Instance>
  readonly #collect: () => void
  /** What dropped instances have grown by that are not collected yet. */
  #droppedBytes = 0
  /** The one that was used last at the end. */
  #idle: Idle[] = []
  /** By the names that the pool gave them. */
  readonly #kept: Map<number, Idle> = new Map()

  constructor(make: (memoryMb: number) => Promise<Instance>, collect: () => void = collectGarbage) {
    this.#make = make
    this.#collect = collect
  }

  /** Prefers the instance that the same organisation had last: then its stack need not be cleared. */
  async take({ memoryMb, organisation }: RuntimeVersion): Promise<Instance> {
    const fits = (idle: Idle) => idle.memoryMb === memoryMb
    const own = this.#idle.findLastIndex((idle) => fits(idle) && idle.instance.owner === organisation)
    const index = own === -1 ? this.#idle.findIndex(fits) : own
    const idle = this.#idle.splice(index, index === -1 ? 0 : 1)[0]?.instance
    if (idle) return idle
    this.collect()
    return this.#make(memoryMb)
  }

  /** Takes an instance back, unless it cannot be used again; where there are too many, the oldest goes. */
  add(instance: Instance, memoryMb: number): void {
    if (!instance.reusable) {
      this.#drop(instance)
      return
    }
    instance.engine.standsAt = undefined
    this.#idle.push({ instance, memoryMb })
    if (this.#idle.filter((idle) => idle.memoryMb === memoryMb).length > stockOfClass) {
      const oldest = this.#idle.findIndex((idle) => idle.memoryMb === memoryMb)
      for (const idle of this.#idle.splice(oldest, 1)) this.#drop(idle.instance)
    } else if (this.#idle.length > stock) for (const idle of this.#idle.splice(0, 1)) this.#drop(idle.instance)
  }

  /** The thread has had nothing to do for a while: gives up what is in stock and has grown much. */
  trim(): void {
    const [light, heavy] = [[] as Idle[], [] as Idle[]]
    for (const idle of this.#idle) (idle.instance.grownBytes < collectedBytes ? light : heavy).push(idle)
    this.#idle = light
    for (const { instance } of heavy) this.#drop(instance)
  }

  /** Gives the memory of dropped instances back, where it is worth the time: nothing else would do so soon. */
  collect(): void {
    if (this.#droppedBytes < collectedBytes) return
    this.#droppedBytes = 0
    this.#collect()
  }

  /** Keeps an instance as it is, for a later call; undefined where it has grown too far. */
  keep(name: number, instance: Instance, memoryMb: number): KeptInstance | undefined {
    const { heldBytes: bytes } = instance
    if (bytes > memoryMb * megabyte * keptPart) return undefined
    this.#kept.set(name, { instance, memoryMb })
    return { name, bytes }
  }

  /** The instance that was kept under a name, where it is here. */
  takeKept(keptAs: number | undefined): Instance | undefined {
    if (keptAs === undefined) return undefined
    const kept = this.#kept.get(keptAs)
    this.#kept.delete(keptAs)
    return kept?.instance
  }

  /** No call wants what was kept under this name any more. */
  retire(keptAs: number): void {
    const kept = this.#kept.get(keptAs)
    this.#kept.delete(keptAs)
    if (kept) this.add(kept.instance, kept.memoryMb)
  }

  #drop(instance: Instance): void {
    this.#droppedBytes += instance.grownBytes
  }
}
