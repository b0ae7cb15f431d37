import type { RuntimeVersion } from "../ports/runtime.ts"
import type { Instance } from "./instance.ts"

/** Instances of one memory class that a thread keeps: organisations that alternate then seldom share one. */
const keptOfClass = 3
/** Instances that a thread keeps of all classes together. */
const kept = 6

interface Idle {
  readonly instance: Instance
  readonly memoryMb: number
}

/** A thread's instances: those that no call has are kept for the next ones. */
export class Instances {
  readonly #make: (memoryMb: number) => Promise<Instance>
  /** The one that was used last at the end. */
  #idle: Idle[] = []

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
    this.#idle.push({ instance, memoryMb })
    if (this.#idle.filter((idle) => idle.memoryMb === memoryMb).length > keptOfClass) {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.memoryMb === memoryMb),
        1,
      )
    } else if (this.#idle.length > kept) this.#idle.shift()
  }
}
