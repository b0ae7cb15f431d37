import type { CallCapability } from "../../ports/capability.ts"
import type { HttpClient } from "../../ports/http-client.ts"
import { parseRecord } from "../parse-record.ts"
import type { GuestOperation } from "../protocol.ts"
import { answerCapability, refuseMore } from "./capability-answer.ts"
import { Compression, type CompressionAnswer } from "./compression-operations.ts"
import { HostFetches } from "./host-fetches.ts"
import { OpenOperations, type Settlement } from "./open-operations.ts"
import { performSubtle, type SubtleAnswer } from "./subtle-operations.ts"
import { Turns } from "./turns.ts"

const maxOutstanding = 10_000
/** Requests of one call that are open, or answered and not yet taken: their bodies are held by the host. */
const maxOpenRequests = 24
/** What calls of capabilities that have not been answered may carry together. */
const maxHeldBytes = 64 * 1024 * 1024
/** What the open operations of `crypto.subtle` and of compression of one call may hold. */
const maxWorkBytes = 64 * 1024 * 1024
/** What `setTimeout` takes; longer ones end with the call anyway. */
const maxTimerMs = 2_147_483_647

/** The operations of one waiting call, performed outside its thread so that they outlive it. */
export class HostOperations {
  readonly #callId: number
  readonly #owner: string
  readonly #open: OpenOperations
  readonly #turns: Turns = new Turns(maxOpenRequests)
  readonly #fetches: HostFetches
  readonly #callCapability: CallCapability | undefined
  readonly #pipe: Pipe
  #heldBytes = 0
  readonly #compression: Compression
  #workBytes = 0

  constructor(options: {
    readonly callId: number
    /** The organisation that the call belongs to: owners take turns. */
    readonly owner: string
    readonly http: HttpClient
    readonly settle: (settlement: Settlement) => void
    readonly pipe: Pipe
    readonly callCapability?: CallCapability | undefined
  }) {
    this.#callId = options.callId
    this.#owner = options.owner
    this.#open = new OpenOperations(options.settle)
    this.#fetches = new HostFetches({ http: options.http, open: this.#open, turns: this.#turns })
    this.#pipe = options.pipe
    this.#callCapability = options.callCapability
    this.#compression = new Compression(options.owner)
  }

  /** How many operations have not been answered yet. */
  get size(): number {
    return this.#open.size
  }

  /** Begins or cancels an operation. The text is the guest's, so nothing in it is trusted. */
  perform(operation: GuestOperation): void {
    const fields = parseRecord(operation.text)
    const { op, bytes } = operation
    const { call, id } = fields
    // What an earlier call of a kept instance began ended with that call.
    if (call !== this.#callId || typeof id !== "number" || !Number.isSafeInteger(id)) return
    if (op === "timer.cancel") this.#open.cancel(id)
    else if (op === "fetch.abort") this.#fetches.abort(id)
    else if (op === "codec.drop") this.#compression.drop(id)
    else if (this.#open.has(id)) return
    else if (this.#open.size >= maxOutstanding) this.#open.failSoon(id, "RangeError", "Too many operations at once.")
    else if (op === "refuse") this.#open.refuseSoon(id, fields.error)
    else if (op === "timer") this.#startTimer(id, fields)
    else if (op === "capability") this.#startCapability(id, operation, fields)
    else if (op === "subtle" || op === "codec") this.#startWork(id, operation, fields)
    else if (op === "fetch.send") this.#fetches.push(id, fields, bytes)
    else if (op === "fetch.read") this.#fetches.read(id, fields)
    else if (op === "fetch.pipe") void this.#startPipe(id, fields)
    else this.#fetches.start(id, fields, bytes)
  }

  /** Cancels whatever is open: the call has ended. */
  close(): void {
    this.#turns.clear()
    // Before what is open: chunks that wait are still refused.
    this.#fetches.close()
    this.#open.clear()
    this.#compression.close()
  }

  #startTimer(id: number, fields: Readonly<Record<string, unknown>>): void {
    const ms = typeof fields.ms === "number" ? Math.min(Math.max(0, fields.ms), maxTimerMs) : 0
    const timer = setTimeout(() => this.#open.answer(id, '"ok":true'), ms)
    this.#open.add(id, () => clearTimeout(timer))
  }

  /** Sends the body of an answer on as the body of the call's own. */
  async #startPipe(id: number, fields: Readonly<Record<string, unknown>>): Promise<void> {
    this.#open.add(id, () => {})
    try {
      for await (const chunk of this.#fetches.take(fields.body)) {
        const refusal = await this.#pipe(chunk)
        if (refusal !== undefined) throw new TypeError(`Cannot send the body: ${refusal}.`)
      }
      this.#open.answer(id, '"ok":true')
    } catch (error) {
      this.#open.fail(id, "TypeError", error instanceof Error ? error.message : "The connection broke off.")
    }
  }

  /** What the threads of Node's pool do. */
  #startWork(id: number, { op, bytes }: GuestOperation, fields: Readonly<Record<string, unknown>>): void {
    const size = bytes?.byteLength ?? 0
    this.#open.add(id, () => {})
    if (this.#workBytes + size > maxWorkBytes) {
      const what = op === "codec" ? "compression" : "crypto.subtle"
      this.#open.fail(id, "OperationError", `The operations of ${what} that are open hold too many bytes.`)
      return
    }
    this.#workBytes += size
    const settle = ({ value, error, body }: SubtleAnswer | CompressionAnswer): void => {
      this.#workBytes -= size
      this.#open.answer(id, JSON.stringify({ ok: !error, error, value }).slice(1, -1), body)
    }
    if (op === "codec") this.#compression.perform(fields, bytes, settle)
    else performSubtle(this.#owner, fields, bytes, () => this.#open.has(id), settle)
  }

  #startCapability(id: number, operation: GuestOperation, fields: Readonly<Record<string, unknown>>): void {
    const controller = new AbortController()
    this.#open.add(id, () => {
      this.#turns.cancel(id)
      controller.abort()
    })
    const size = operation.text.length + (operation.bytes?.length ?? 0)
    if (this.#heldBytes + size > maxHeldBytes) {
      // Waits its turn with nothing of what it carried.
      const { capability, method } = fields
      const empty = { op: operation.op, text: "", bytes: undefined }
      this.#turns.take(id, () =>
        this.#ask(id, answerCapability(refuseMore, empty, { capability, method }, controller.signal)),
      )
      return
    }
    this.#heldBytes += size
    this.#turns.take(id, async () => {
      await this.#ask(id, answerCapability(this.#callCapability, operation, fields, controller.signal))
      this.#heldBytes -= size
    })
  }

  async #ask(id: number, answering: ReturnType<typeof answerCapability>): Promise<void> {
    const { head, body } = await answering
    if (!this.#open.answer(id, head, body, () => this.#turns.end())) this.#turns.end()
  }
}

/** Sends a chunk to the caller; resolves when there is room for another, with the reason where it may not be sent. */
type Pipe = (chunk: Uint8Array) => Promise<string | undefined>
