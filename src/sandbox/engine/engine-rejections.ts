import type { EitherFFI, JSContextPointer, JSValuePointer } from "quickjs-emscripten-core"
import type { EngineMemory } from "./engine-memory.ts"
import { valueTags } from "./engine-values.ts"

/** How the engine calls the host for a rejection; for the guest's `host` it is 1. */
export const trackerId = 2

/** Promises that were rejected in the present task, and that nobody handles, by their addresses. */
export class EngineRejections {
  readonly #promises = new Set<number>()
  readonly #memory: EngineMemory
  readonly #ffi: EitherFFI

  constructor(memory: EngineMemory, ffi: EitherFFI) {
    this.#memory = memory
    this.#ffi = ffi
  }

  /** Takes one in, or one that is handled after all out. It is held meanwhile, so that its address stays its own. */
  track(promise: number, isHandled: boolean): void {
    if (isHandled) {
      if (this.#promises.delete(promise)) this.#hold(promise, -1)
    } else if (!this.#promises.has(promise)) {
      this.#promises.add(promise)
      this.#hold(promise, 1)
    }
  }

  /** Takes each out and calls, those included that come meanwhile; ends with the first failure. */
  drain<Failure>(tell: (promise: number) => Failure | undefined): Failure | undefined {
    for (const promise of this.#promises) {
      this.#promises.delete(promise)
      const failure = tell(promise)
      if (failure) return failure
    }
    return undefined
  }

  /** The promise as a value of the guest's, and why it was rejected; `room` has 8 bytes for it. */
  toValues(promise: number, room: number, context: JSContextPointer): readonly number[] {
    const view = this.#memory.toWrite(room, 8)
    view.writeUInt32LE(promise, room)
    view.writeInt32LE(valueTags.object, room + 4)
    const kept = this.#ffi.QTS_DupValuePointer(context, room as JSValuePointer)
    this.#hold(promise, -1)
    return [kept, this.#ffi.QTS_PromiseResult(context, kept)]
  }

  /** The memory becomes another: what was rejected in it is no more. */
  forget(): void {
    this.#promises.clear()
  }

  /** Counts references to an object, as the engine does. */
  #hold(object: number, references: number): void {
    const view = this.#memory.toWrite(object, 4)
    view.writeInt32LE(view.readInt32LE(object) + references, object)
  }
}
