import type { RuntimeVersion } from "../ports/runtime.ts"
import type { Instance } from "./instance.ts"
import type { KeptInstance } from "./protocol.ts"

/** Instances of one memory class that a thread has in stock: organisations that alternate then seldom share one. */
const stockOfClass = 3
/** Instances that a thread has in stock, of all classes together. */
const stock = 6
const megabyte = 1_048_576
/** An instance is kept for later calls of its function while it holds at most this part of what a call may use. */
const keptPart = 0.5

interface Idle {
  readonly instance: Instance
  readonly memoryMb: number
}

/** A thread's instances that no call has: those in stock for any call, and those kept as a call of their function left them. */
export class Instances {
  readonly #make: (memoryMb: number) => Promise<Instance>
  /** The one that was used last at the end. */
  #idle: Idle[] = []
  /** By the names that the pool gave them. */
  readonly #kept: Map<number, Idle> = new Map()

  constructor(make: (memoryMb: number) => Promise<Instance>) {
    this.#make = make
  }

  /** Prefers the instance that the same organisation had last: then its stack need not be cleared. */
  async take({ memoryMb, organisation }: RuntimeVersion): Promise<Instance> {
    const fits = (idle: Idle) => idle.memoryMb === memoryMb
    const own = this.#idle.findLastIndex((idle) => fits(idle) && idle.instance.owner === organisation)
    const index = own === -1 ? this.#idle.findIndex(fits) : own
    return this.#idle.splice(index, index === -1 ? 0 : 1)[0]?.instance ?? this.#make(memoryMb)
  }

  /** Takes an instance back, unless it cannot be used again; where there are too many, the oldest goes. */
  add(instance: Instance, memoryMb: number): void {
    if (!instance.reusable) return
    instance.engine.standsAt = undefined
    this.#idle.push({ instance, memoryMb })
    if (this.#idle.filter((idle) => idle.memoryMb === memoryMb).length > stockOfClass) {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.memoryMb === memoryMb),
        1,
      )
    } else if (this.#idle.length > stock) this.#idle.shift()
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
}
