import type { LogEntry } from "../../model/invocation.ts"
import type { NewPoint } from "../../model/metrics.ts"
import type { CallCapability } from "../../ports/capability.ts"
import type { HttpClient } from "../../ports/http-client.ts"
import type { CpuAccount, RuntimeAnswer, RuntimeOutput, RuntimeResult, RuntimeVersion } from "../../ports/runtime.ts"
import { machineNow, machineUptime } from "../../util/machine-clock.ts"
import { BoundedLog, type CallBounds } from "../call-bounds.ts"
import { HostOperations } from "../operations/host-operations.ts"
import type { HostTurns } from "../operations/host-turns.ts"
import type { Settlement } from "../operations/open-operations.ts"
import { numberOf, parseRecord } from "../parse-record.ts"
import type { CallImage, CallOutcome, GuestOperation } from "../protocol.ts"
import { EarlyAnswer } from "./early-answer.ts"
import { neverEnds, neverSettles, overBudget, streamRefused, timedOut } from "./outcome.ts"
import { maxValues } from "./values.ts"

/** A thread, as a call that waits in it sees it. */
export interface CallPlace {
  /** How many calls wait there. */
  parked: number
  discard(callId: number): void
  /** Copies out whatever waits there. */
  swapOut(): void
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
  readonly values?: readonly Required<NewPoint>[]
  readonly cpuMs: number
  readonly memoryBytes: number
  /** How long it took to load the version, where it was not there. */
  readonly loadMs: number | undefined
}

/** A result that is still being put together. */
type OpenResult = { -readonly [Name in keyof RuntimeResult]: RuntimeResult[Name] }

/** Takes a call's result, and whether its input was at fault. */
type ResolveCall = (result: OpenResult, badInput: boolean) => void

/** How long a call may go on after its answer for what it gave to `waitUntil`. */
const waitUntilMs = 30_000

/** One call from its acceptance to its result: what outlives the threads that it runs in. */
export class SandboxCall {
  readonly id: number
  readonly version: RuntimeVersion
  readonly functionId: string | undefined
  /** What the guest's `Date` shows, in epoch milliseconds. @default the machine's time */
  readonly standsAt: number | undefined
  /** Epoch milliseconds. */
  deadline: number = Number.POSITIVE_INFINITY
  /** The thread where the call waits in place. */
  parkedIn: CallPlace | undefined
  /** The call's changed pages, while it waits outside of any thread. */
  image: CallImage | undefined
  /** A stretch of it is queued or runs. */
  active = true
  /** It has run, and waited. */
  begun = false
  /** The name of the instance that is kept after it. */
  keptAs: number | undefined
  cancelled = false
  /** The guest was told that its caller went away. */
  abortTold = false
  ended = false
  /** Answers that came while a stretch ran. */
  readonly inbox: Settlement[] = []
  /** Why the call must end: it streamed more than it may. */
  refusal: CallOutcome | undefined
  readonly #operations: HostOperations
  readonly #turns: HostTurns
  /** Operations whose turn is still to come. */
  #toPerform = 0
  readonly #answer: EarlyAnswer
  readonly #resolve: ResolveCall
  readonly #settle: (settlement: Settlement) => void
  readonly #log: BoundedLog
  readonly #values: Required<NewPoint>[] = []
  #isTooMuchTold = false
  readonly #cpuAccount: CpuAccount | undefined
  readonly #makeInput: (deadline: number) => CallInput
  #input: CallInput | undefined
  #cpuMs = 0
  #memoryBytes = 0
  #loadMs: number | undefined
  readonly #acceptedAt = machineUptime()
  #threadMs = 0
  #streamed = false
  /** Its body is still being sent. */
  #streams = false
  #deadlineTimer: NodeJS.Timeout | undefined

  constructor(options: {
    readonly id: number
    readonly version: RuntimeVersion
    readonly functionId: string | undefined
    readonly standsAt: number | undefined
    readonly makeInput: (deadline: number) => CallInput
    readonly http: HttpClient
    readonly turns: HostTurns
    readonly bounds: CallBounds
    readonly onAnswer: ((answer: RuntimeAnswer) => void) | undefined
    readonly onAbandoned: (call: SandboxCall) => void
    readonly callCapability?: CallCapability | undefined
    readonly cpuAccount?: CpuAccount | undefined
    readonly onSettlement: (call: SandboxCall, settlement: Settlement) => void
    readonly resolve: ResolveCall
  }) {
    this.id = options.id
    this.version = options.version
    this.functionId = options.functionId
    this.standsAt = options.standsAt
    this.#makeInput = options.makeInput
    this.#resolve = options.resolve
    this.#turns = options.turns
    this.#settle = (settlement) => {
      // The guest drops what is not for the call that it is in.
      const head = `{"call":${this.id},${settlement.head.slice(1)}`
      options.onSettlement(this, { ...settlement, head })
    }
    this.#answer = new EarlyAnswer({
      onAnswer: options.onAnswer,
      onAbandoned: () => options.onAbandoned(this),
    })
    this.#operations = new HostOperations({
      callId: options.id,
      owner: options.version.organisation,
      http: options.http,
      settle: this.#settle,
      pipe: (chunk) =>
        new Promise((resolve) => {
          const refusal = this.#answer.push(chunk, () => resolve(undefined))
          if (refusal !== undefined) resolve(refusal)
        }),
      callCapability: options.callCapability,
    })
    this.#log = new BoundedLog(options.bounds)
    this.#cpuAccount = options.cpuAccount
  }

  /** What the guest is started with; the wall time of a call begins when this is first asked for. */
  get input(): CallInput {
    if (!this.#input) {
      this.#threadMs = machineUptime() - this.#acceptedAt
      this.deadline = machineNow() + this.version.timeoutMs
      this.#input = this.#makeInput(this.deadline)
    }
    return this.#input
  }

  /** It has not begun where it was to: its time does not run while it waits again. */
  postpone(): void {
    this.#input = undefined
  }

  /** CPU time that is left. */
  get cpuLeftMs(): number {
    return Math.max(1, this.version.cpuMs - this.#cpuMs)
  }

  /** Why its code may not begin any more. */
  get startRefusal(): CallOutcome | undefined {
    const reason = this.#cpuAccount?.refusal()
    return reason === undefined ? undefined : overBudget(reason)
  }

  /** What it ends with at its deadline. */
  get late(): CallOutcome {
    const { timeoutMs } = this.version
    if (!this.#answer.output || this.#streams) return timedOut(`The call took longer than ${timeoutMs} ms.`)
    return timedOut(`What goes on after the answer took longer than ${waitUntilMs} ms.`)
  }

  /** What it ends with where nothing can wake it. */
  get stuck(): CallOutcome {
    return this.#answer.output ? neverEnds : neverSettles
  }

  /** Whether anything could still wake the call. */
  get canWake(): boolean {
    return this.#toPerform > 0 || this.#operations.size > 0 || this.inbox.length > 0 || this.#answer.pending
  }

  /** Whether the caller has its whole answer, so that its going away ends nothing. */
  get answeredWhole(): boolean {
    return this.#answer.output !== undefined && !this.#streamed
  }

  /** The guest answered, and goes on: with its body where that is streamed, else with what it gave to `waitUntil`. */
  answer(output: RuntimeOutput, streamed: boolean): void {
    if (this.ended) return
    this.#streamed = this.#streams = streamed
    this.#answer.give(output, streamed)
    if (!streamed) this.#allow(waitUntilMs)
  }

  /** Adds what a stretch cost and wrote. */
  account(report: StretchReport): void {
    this.#cpuMs += report.cpuMs
    this.#cpuAccount?.charge(report.cpuMs)
    this.#memoryBytes = Math.max(this.#memoryBytes, report.memoryBytes)
    this.#loadMs ??= report.loadMs
    for (const entry of report.logs) this.#log.add(entry)
    for (const value of report.values ?? []) this.#keep(value)
  }

  /** Keeps what the call has measured, as much as it may; the log says once that there was more. */
  #keep(value: Required<NewPoint>): void {
    if (this.#values.length < maxValues) this.#values.push(value)
    else if (!this.#isTooMuchTold) {
      this.#isTooMuchTold = true
      const message = `Further values of this call were dropped: it has recorded ${maxValues}.`
      this.#log.add({ time: value.at, level: "warn", message })
    }
  }

  /** The call waits: performs what it asked for, and watches its deadline. */
  wait(operations: readonly GuestOperation[], onDeadline: () => void): void {
    this.begun = true
    for (const operation of operations) {
      if (operation.op === "chunk") {
        this.#push(operation)
        continue
      }
      this.#toPerform++
      this.#turns.run(this.version.organisation, () => {
        this.#toPerform--
        if (!this.ended) this.#operations.perform(operation)
      })
    }
    this.#deadlineTimer ??= setTimeout(onDeadline, Math.max(0, this.deadline - machineNow())).unref()
  }

  #push({ text, bytes }: GuestOperation): void {
    const { call, id, last } = parseRecord(text)
    if (call !== this.id) return
    if (last === true) {
      this.#answer.close(undefined)
      this.#streams = false
      this.#allow(waitUntilMs)
      return
    }
    const taken = () => this.#settle({ head: `{"id":${numberOf(id)},"ok":true}`, body: undefined })
    const refusal = this.#answer.push(bytes ?? new Uint8Array(), taken)
    if (refusal !== undefined) this.refusal = streamRefused(refusal)
  }

  /** From now on the call has this time left. */
  #allow(ms: number): void {
    this.deadline = machineNow() + ms
    clearTimeout(this.#deadlineTimer)
    this.#deadlineTimer = undefined
  }

  /** Ends the call; what is still open is cancelled, what settles later is dropped. */
  end(outcome: CallOutcome): void {
    if (this.ended) return
    this.ended = true
    clearTimeout(this.#deadlineTimer)
    this.#operations.close()
    this.#answer.close(outcome.ok ? undefined : outcome.error.message)
    const output = this.#answer.output
    const succeeded = outcome.ok && output ? { ok: true as const, output } : outcome
    const result: OpenResult = {
      outcome: succeeded.ok ? succeeded : { ok: false, code: succeeded.code, error: succeeded.error },
      logs: this.#log.entries,
      cpuMs: this.#cpuMs,
      memoryBytes: this.#memoryBytes,
      coldStart: this.#loadMs !== undefined,
      threadMs: this.#threadMs,
    }
    if (this.#values.length > 0) result.values = this.#values
    if (this.#loadMs !== undefined) result.loadMs = this.#loadMs
    this.#resolve(result, !outcome.ok && outcome.badInput === true)
  }
}
