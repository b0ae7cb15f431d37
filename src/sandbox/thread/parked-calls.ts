import type { RuntimeVersion } from "../../ports/runtime.ts"
import { CollectorPressure } from "../collector-pressure.ts"
import type { Instance } from "../engine/instance.ts"
import type { PageRuns } from "../engine/snapshot.ts"
import type { CallImage } from "../protocol.ts"
import type { Instances } from "./instances.ts"

/** One call in a thread, from its start until it ends or is swapped out. */
export interface ThreadCall {
  readonly id: number
  readonly version: RuntimeVersion
  /** How long it took to load its version; undefined where that was there. */
  readonly loadMs: number | undefined
  readonly instance: Instance
  /** The name of the instance, where later calls may have it as this one leaves it. */
  readonly keptAs: number | undefined
}

/** The calls that wait in a thread in place: each still has its instance. */
export class ParkedCalls {
  readonly #instances: Instances
  readonly #onSwapped: (id: number, image: CallImage) => void
  readonly #calls: Map<number, ThreadCall> = new Map()
  readonly #pressure: CollectorPressure = new CollectorPressure()

  constructor(instances: Instances, onSwapped: (id: number, image: CallImage) => void) {
    this.#instances = instances
    this.#onSwapped = onSwapped
  }

  /** A call came to wait. */
  add(call: ThreadCall): void {
    this.#calls.set(call.id, call)
  }

  /** Takes a call that waits here, to go on with it. */
  take(id: number): ThreadCall | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }

  /** Copies all of them out before other guest code runs here: should the thread be killed for it, they go on elsewhere. */
  swapOut(): void {
    for (const [id, call] of this.#calls) {
      const pages = call.instance.capture()
      this.#pressure.add(pages.bytes.length)
      this.#onSwapped(id, { pages, over: call.instance.restoredTo })
      this.#instances.add(call.instance, call.version.memoryMb)
    }
    this.#calls.clear()
  }

  /** Puts a call that was copied out back into an instance. */
  async swapIn(
    { id, keptAs }: Pick<ThreadCall, "id" | "keptAs">,
    version: RuntimeVersion,
    image: CallImage,
    restore: Restore,
  ): Promise<ThreadCall> {
    const { pages, over } = image
    this.#pressure.add(pages.bytes.length)
    const instance = await this.#instances.take(version, keptAs)
    restore(instance, over, pages)
    return { id, version, loadMs: undefined, instance, keptAs }
  }

  /** A call that waits here has ended. */
  discard(id: number): void {
    const call = this.take(id)
    if (call) this.#instances.add(call.instance, call.version.memoryMb)
  }
}

/** Writes a version's snapshot and a call's pages into an instance. */
type Restore = (instance: Instance, over: PageRuns | undefined, pages: PageRuns) => void
