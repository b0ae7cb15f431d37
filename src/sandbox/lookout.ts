import { AsyncResource } from "node:async_hooks"
import { availableParallelism } from "node:os"
import { Expectation } from "./expectation.ts"
import { FasterWay } from "./faster-way.ts"
import type { ThreadHandle } from "./thread-handle.ts"

/** Whoever waits awake needs a core beside the one that is waited for. */
const hasCores = availableParallelism() > 1
const nearMs = 0.2

/** A host's tests may put clocks of their own in the place of these. */
const { setImmediate } = globalThis
const now = performance.now.bind(performance)

/** Looks for the answer to a lone short task between the turns of the event loop, which would have to be woken for it. */
export class Lookout {
  readonly #answer: Expectation = new Expectation(nearMs)
  readonly #way: FasterWay = new FasterWay()
  /** Not in the context of the one whose task happens to be looked out for. */
  readonly #turn: () => void = AsyncResource.bind(() => this.#look())
  /** The one with the only task that is under way. */
  #thread: ThreadHandle | undefined
  #since = 0
  #isAwake = false
  #looking = false

  /** Whether both sides are to wait awake for what comes after a lone task. */
  get isAwake(): boolean {
    return hasCores && this.#way.isAwake
  }

  /** A thread has been given the only task that is under way. */
  expect(thread: ThreadHandle): void {
    this.#thread = thread
    this.#since = now()
    this.#isAwake = this.isAwake
    this.#answer.begin(this.#since)
    this.#goOn()
  }

  /** The task is not the only one any more. */
  giveUp(): void {
    this.#thread = undefined
  }

  /** A thread has answered. */
  answered(thread: ThreadHandle): void {
    if (thread !== this.#thread) return
    const at = now()
    this.#answer.met(at)
    this.#way.took(at - this.#since)
    this.#thread = undefined
  }

  #look(): void {
    this.#looking = false
    this.#thread?.takeMail()
    this.#goOn()
  }

  #goOn(): void {
    if (!this.#thread || !this.#isAwake || this.#looking || !this.#answer.isNear(now())) return
    this.#looking = true
    setImmediate(this.#turn)
  }
}
