import type { LogEntry } from "../model/invocation.ts"
import type { HttpClient } from "../ports/http-client.ts"
import type { RuntimeResult, RuntimeVersion } from "../ports/runtime.ts"
import { HostOperations, type Settlement } from "./host-operations.ts"
import type { CallImage, CallOutcome, GuestOperation } from "./protocol.ts"

/** A thread, as a call that waits in it sees it. */
export interface CallPlace {
  /** How many calls wait there. */
  parked: number
  discard(callId: number): void
}

/** What the guest is started with. */
export interface CallInput {
  /** JSON text: seed, ids, deadline, environment. */
  readonly head: string
  readonly body: string | Uint8Array | undefined
  /** JSON text of the environment alone, for modules that run afresh for each call. */
  readonly environment: string
}

/** What a thread reported of one stretch. */
export interface StretchReport {
  readonly logs: readonly LogEntry[]
  readonly cpuMs: number
  readonly memoryBytes: number
  readonly coldStart: boolean
}

/** One call from its acceptance to its result: what outlives the threads that it runs in. */
export class SandboxCall {
  readonly id: number
  readonly version: RuntimeVersion
  /** Epoch milliseconds. */
  deadline: number = Number.POSITIVE_INFINITY
  /** The thread where the call waits in place. */
  parkedIn: CallPlace | undefined
  /** The call's changed pages, while it waits outside of any thread. */
  image: CallImage | undefined
  /** A stretch of it is queued or runs. */
  active = true
  cancelled = false
  /** The guest was told that its caller went away. */
  abortTold = false
  ended = false
  /** Answers that came while a stretch ran. */
  readonly inbox: Settlement[] = []
  readonly #operations: HostOperations
  readonly #resolve: (result: RuntimeResult & { readonly badInput: boolean }) => void
  readonly #logs: LogEntry[] = []
  readonly #makeInput: (deadline: number) => CallInput
  #input: CallInput | undefined
  #cpuMs = 0
  #memoryBytes = 0
  #coldStart = false
  #deadlineTimer: NodeJS.Timeout | undefined

  constructor(options: {
    readonly id: number
    readonly version: RuntimeVersion
    readonly makeInput: (deadline: number) => CallInput
    readonly http: HttpClient
    readonly onSettlement: (call: SandboxCall, settlement: Settlement) => void
    readonly resolve: (result: RuntimeResult & { readonly badInput: boolean }) => void
  }) {
    this.id = options.id
    this.version = options.version
    this.#makeInput = options.makeInput
    this.#resolve = options.resolve
    this.#operations = new HostOperations(options.http, (settlement) => options.onSettlement(this, settlement))
  }

  /** What the guest is started with; the wall time of a call begins when this is first asked for. */
  get input(): CallInput {
    if (!this.#input) {
      this.deadline = Date.now() + this.version.timeoutMs
      this.#input = this.#makeInput(this.deadline)
    }
    return this.#input
  }

  /** CPU time that is left. */
  get cpuLeftMs(): number {
    return Math.max(1, this.version.cpuMs - this.#cpuMs)
  }

  /** Whether anything could still wake the call. */
  get canWake(): boolean {
    return this.#operations.size > 0 || this.inbox.length > 0
  }

  /** Adds what a stretch cost and wrote. */
  account(report: StretchReport): void {
    this.#cpuMs += report.cpuMs
    this.#memoryBytes = Math.max(this.#memoryBytes, report.memoryBytes)
    this.#coldStart ||= report.coldStart
    for (const entry of report.logs) this.#logs.push(entry)
  }

  /** The call waits: performs what it asked for, and watches its deadline. */
  wait(operations: readonly GuestOperation[], onDeadline: () => void): void {
    for (const operation of operations) this.#operations.perform(operation)
    this.#deadlineTimer ??= setTimeout(onDeadline, Math.max(0, this.deadline - Date.now())).unref()
  }

  /** Ends the call; what is still open is cancelled, what settles later is dropped. */
  end(outcome: CallOutcome): void {
    if (this.ended) return
    this.ended = true
    clearTimeout(this.#deadlineTimer)
    this.#operations.close()
    this.#resolve({
      outcome: outcome.ok ? outcome : { ok: false, code: outcome.code, error: outcome.error },
      badInput: !outcome.ok && outcome.badInput === true,
      logs: this.#logs,
      cpuMs: this.#cpuMs,
      memoryBytes: this.#memoryBytes,
      coldStart: this.#coldStart,
    })
  }
}
