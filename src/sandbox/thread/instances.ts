import type { RuntimeVersion } from "../../ports/runtime.ts"
import type { Instance } from "../engine/instance.ts"
import type { Snapshot } from "../engine/snapshot.ts"
import type { KeptInstance } from "../protocol.ts"
import { findCollector } from "./collect-garbage.ts"

/** Instances of one memory class that a thread has in stock: organisations that alternate then seldom share one. */
const stockOfClass = 3
/** Instances that a thread has in stock, of all classes together. */
const stock = 6
const megabyte = 1_048_576
/** An instance is kept for later calls of its function while it holds at most this part of what a call may use. */
const keptPart = 0.5
/** What those in stock may have grown by together: the same as one that is kept may have in all. */
const stockBytes = 48 * megabyte
/** Less than this is not worth a collection. */
const collectedBytes = 8 * megabyte
/** So much of dropped instances is collected before another one is made, though a call waits for it: else it would add up. */
const urgentBytes = 48 * megabyte

interface Idle {
  readonly instance: Instance
  readonly memoryMb: number
}

/** A thread's instances that no call has: those in stock for any call, and those kept as a call of their function left them. */
export class Instances {
  readonly #make: (memoryMb: number) => Promise<Instance>
  readonly #collect: () => void
  /** What dropped instances take that are not collected yet. */
  #droppedBytes = 0
  /** The one that was used last at the end. */
  #idle: Idle[] = []
  /** By the names that the pool gave them. */
  readonly #kept: Map<number, Idle> = new Map()

  constructor(make: (memoryMb: number) => Promise<Instance>, collect: () => void = findCollector()) {
    this.#make = make
    this.#collect = collect
  }

  /**
   * Prefers the instance that the same organisation had last: then its stack need not be cleared. One that is to be kept
   * as its call leaves it takes none that another call has made large.
   */
  async take({ memoryMb, organisation }: RuntimeVersion, keptAs?: number): Promise<Instance> {
    const fits = (idle: Idle) => idle.memoryMb === memoryMb && (keptAs === undefined || idle.instance.grownBytes === 0)
    const own = this.#idle.findLastIndex((idle) => fits(idle) && idle.instance.owner === organisation)
    const index = own === -1 ? this.#idle.findIndex(fits) : own
    const idle = this.#idle.splice(index, index === -1 ? 0 : 1)[0]?.instance
    if (idle) return idle
    if (this.#droppedBytes >= urgentBytes) this.collect()
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
    const ofClass = (idle: Idle) => idle.memoryMb === memoryMb
    if (this.#idle.filter(ofClass).length > stockOfClass) this.#dropOldest(ofClass)
    else if (this.#idle.length > stock) this.#dropOldest(() => true)
    while (this.#grownBytes > stockBytes) this.#dropOldest(({ instance: { grownBytes } }) => grownBytes > 0)
  }

  /** The thread has had nothing to do for long: gives up what is in stock and has grown much; the rest lets go of versions. */
  trim(base: Snapshot): void {
    const [light, heavy] = [[] as Idle[], [] as Idle[]]
    for (const idle of this.#idle) (idle.instance.grownBytes < collectedBytes ? light : heavy).push(idle)
    this.#idle = light
    for (const { instance } of heavy) this.#drop(instance)
    for (const { instance } of light) if (instance.owner !== undefined) instance.restore(instance.owner, base)
  }

  /** Whether a collection is worth its time. */
  get owes(): boolean {
    return this.#droppedBytes >= collectedBytes
  }

  /** Gives the memory of dropped instances back, where it is worth the time: nothing else would do so soon. */
  collect(): void {
    if (!this.owes) return
    this.#droppedBytes = 0
    this.#collect()
  }

  /** Keeps an instance as it is, for a later call; undefined where it has grown too far. */
  keep(name: number, instance: Instance, memoryMb: number): KeptInstance | undefined {
    const bytes = Math.max(instance.heldBytes, instance.grownBytes)
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

  /** What those in stock have grown by. */
  get #grownBytes(): number {
    return this.#idle.reduce((sum, { instance }) => sum + instance.grownBytes, 0)
  }

  #dropOldest(isMeant: (idle: Idle) => boolean): void {
    const [oldest] = this.#idle.splice(this.#idle.findIndex(isMeant), 1)
    if (oldest) this.#drop(oldest.instance)
  }

  #drop(instance: Instance): void {
    // Of one that goes for lack of room, what it began with was hardly touched.
    this.#droppedBytes += instance.reusable ? instance.grownBytes : instance.engine.bytes.length
  }
}
