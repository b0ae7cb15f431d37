import type { SandboxCall } from "../call/sandbox-call.ts"

/** The calls that have been accepted and have not ended. */
export class CallsUnderWay {
  readonly #calls: Map<number, SandboxCall> = new Map()
  #whenNone: (() => void) | undefined

  add(call: SandboxCall): void {
    this.#calls.set(call.id, call)
  }

  get(id: number): SandboxCall | undefined {
    return this.#calls.get(id)
  }

  /** A call has ended. */
  delete(call: SandboxCall): void {
    this.#calls.delete(call.id)
    if (this.#calls.size === 0) this.#whenNone?.()
  }

  /** All of them, as of now. */
  all(): readonly SandboxCall[] {
    return [...this.#calls.values()]
  }

  /** Resolves when there is none, after `graceMs` at the latest. */
  async drain(graceMs: number): Promise<void> {
    if (this.#calls.size === 0 || graceMs <= 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs)
      this.#whenNone = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
