import { AsyncResource } from "node:async_hooks"
import { setImmediate } from "node:timers"
import { busyThreads } from "../../util/busy-threads.ts"
import { machineUptime } from "../../util/machine-clock.ts"
import { Expectation } from "../expectation.ts"
import { FasterWay } from "./faster-way.ts"

const nearMs = 0.2

/** Whose answer can be looked for. */
interface Answerer {
  /** Receives what it has told. */
  takeMail(): void
}

/** Looks for the answer to a lone short task between the turns of the event loop, which would have to be woken for it. */
export class Lookout {
  readonly #answer: Expectation = new Expectation(nearMs)
  readonly #way: FasterWay = new FasterWay()
  /** Not in the context of the one whose task happens to be looked out for. */
  readonly #turn: () => void = AsyncResource.bind(() => this.#look())
  /** The one with the only task that is under way. */
  #thread: Answerer | undefined
  readonly #cores: number
  readonly #now: () => number
  #since = 0
  #isAwake = false
  /** Others want the cores: what it takes now says nothing of either way. */
  #isCrowded = false
  #looking = false

  /** `cores`: how many threads run at once. */
  constructor(cores: number, now: () => number = machineUptime) {
    this.#cores = cores
    this.#now = now
  }

  /** Whether both sides are to wait awake for what comes after a lone task. */
  get isAwake(): boolean {
    return this.#hasCore && this.#way.isAwake
  }

  /** A thread has been given the only task that is under way. */
  expect(thread: Answerer): void {
    this.#thread = thread
    this.#since = this.#now()
    this.#isCrowded = !this.#hasCore
    this.#isAwake = this.isAwake
    this.#answer.begin(this.#since)
    this.#goOn()
  }

  /** The task is not the only one any more. */
  giveUp(): void {
    this.#thread = undefined
  }

  /** A thread has answered. */
  answered(thread: Answerer): void {
    if (thread !== this.#thread) return
    const at = this.#now()
    this.#answer.met(at)
    if (!this.#isCrowded) this.#way.took(at - this.#since)
    this.#thread = undefined
  }

  #look(): void {
    this.#looking = false
    this.#thread?.takeMail()
    this.#goOn()
  }

  #goOn(): void {
    if (!this.#thread || !this.#isAwake || this.#looking) return
    if (!this.#hasCore) this.#isCrowded = true
    if (this.#isCrowded || !this.#answer.isNear(this.#now())) return
    this.#looking = true
    setImmediate(this.#turn)
  }

  /** Whoever waits awake needs one beside that of whom is waited for, and those of others who work. */
  get #hasCore(): boolean {
    return this.#cores >= 2 + busyThreads()
  }
}
