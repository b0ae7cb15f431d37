import { Engine } from "./engine.ts"
import { Instance } from "./instance.ts"
import { captureBase, type Snapshot, toPrivate } from "./snapshot.ts"

/** The guest's ways out, with the engine that it runs in. */
export interface GuestCallbacks {
  host(
    engine: Engine,
    op: string,
    text: string | undefined,
    bytes: Uint8Array | undefined,
  ): string | Uint8Array | undefined
  shouldInterrupt(): boolean
}

/** The memory that an instance has where no version asks for its own. */
export const defaultMemoryMb = 128

/** Makes a thread's instances, all of them from the base snapshot that the process shares. */
export class InstanceFactory {
  readonly #compiled: WebAssembly.Module
  readonly #callbacks: GuestCallbacks
  #base: Snapshot | undefined

  constructor(compiled: WebAssembly.Module, callbacks: GuestCallbacks) {
    this.#compiled = compiled
    this.#callbacks = callbacks
  }

  /** The plain base: the web APIs and no version. */
  get base(): Snapshot {
    if (!this.#base) throw new Error("Cannot restore before the base snapshot is there.")
    return this.#base
  }

  /** Boots the guest script in an engine of its own, and gives what that left in its memory. */
  async boot(guestScript: string): Promise<Snapshot> {
    const engine = await this.#newEngine(defaultMemoryMb)
    return captureBase(engine, engine.boot(guestScript))
  }

  /** Takes over a base, whoever booted it. */
  adopt(base: Snapshot): void {
    this.#base = toPrivate(base)
  }

  /** An instance of a memory class, not restored yet. */
  async create(memoryMb: number): Promise<Instance> {
    const engine = await this.#newEngine(memoryMb)
    engine.adopt(this.base.addresses)
    return new Instance(engine, this.base)
  }

  async #newEngine(memoryMb: number): Promise<Engine> {
    const engine: Engine = await Engine.create(this.#compiled, memoryMb, {
      host: (op, text, bytes) => this.#callbacks.host(engine, op, text, bytes),
      shouldInterrupt: () => this.#callbacks.shouldInterrupt(),
    })
    return engine
  }
}
