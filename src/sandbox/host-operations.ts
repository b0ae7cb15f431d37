import type { CallCapability } from "../ports/capability.ts"
import type { HttpClient, HttpRequest } from "../ports/http-client.ts"
import { answerCapability, refuseMore } from "./capability-answer.ts"
import { Compression, type CompressionAnswer } from "./compression-operations.ts"
import { outputLimits } from "./output-limits.ts"
import { parseRecord } from "./parse-record.ts"
import type { GuestOperation } from "./protocol.ts"
import { performSubtle, type SubtleAnswer } from "./subtle-operations.ts"

/** The answer to one operation of a guest. */
export interface Settlement {
  readonly head: string
  readonly body: Uint8Array | undefined
  /** Called when the guest is given it. */
  readonly onDelivered?: () => void
}

const maxOutstanding = 10_000
/** Requests of one call that are open, or answered and not yet taken: their bodies are held by the host. */
const maxOpenRequests = 24
/** What calls of capabilities that have not been answered may carry together. */
const maxHeldBytes = 64 * 1024 * 1024
/** What the open operations of `crypto.subtle` and of compression of one call may hold. */
const maxWorkBytes = 64 * 1024 * 1024
/** What `setTimeout` takes; longer ones end with the call anyway. */
const maxTimerMs = 2_147_483_647
const redirectModes = ["follow", "error", "manual"] as const

/** The operations of one waiting call, performed outside its thread so that they outlive it. */
export class HostOperations {
  readonly #callId: number
  readonly #owner: string
  readonly #http: HttpClient
  readonly #settle: (settlement: Settlement) => void
  readonly #callCapability: CallCapability | undefined
  readonly #outstanding: Map<number, () => void> = new Map()
  readonly #waitingRequests: Map<number, () => unknown> = new Map()
  #openRequests = 0
  #heldBytes = 0
  readonly #compression: Compression
  #workBytes = 0

  constructor(options: {
    readonly callId: number
    /** The organisation that the call belongs to: owners take turns. */
    readonly owner: string
    readonly http: HttpClient
    readonly settle: (settlement: Settlement) => void
    readonly callCapability?: CallCapability | undefined
  }) {
    this.#callId = options.callId
    this.#owner = options.owner
    this.#http = options.http
    this.#settle = options.settle
    this.#callCapability = options.callCapability
    this.#compression = new Compression(options.owner)
  }

  /** How many operations have not been answered yet. */
  get size(): number {
    return this.#outstanding.size
  }

  /** Begins or cancels an operation. The text is the guest's, so nothing in it is trusted. */
  perform(operation: GuestOperation): void {
    const fields = parseRecord(operation.text)
    const { call, id } = fields
    // What an earlier call of a kept instance began ended with that call.
    if (call !== this.#callId || typeof id !== "number" || !Number.isSafeInteger(id)) return
    if (operation.op === "timer.cancel" || operation.op === "fetch.abort") this.#cancel(id)
    else if (operation.op === "codec.drop") this.#compression.drop(id)
    else if (this.#outstanding.has(id)) return
    else if (this.#outstanding.size >= maxOutstanding) this.#failSoon(id, "RangeError", "Too many operations at once.")
    else if (operation.op === "refuse") this.#settleSoon(id, { id, ok: false, error: fields.error })
    else if (operation.op === "timer") this.#startTimer(id, fields)
    else if (operation.op === "capability") this.#startCapability(id, operation, fields)
    else if (operation.op === "subtle" || operation.op === "codec") this.#startWork(id, operation, fields)
    else this.#startFetch(id, fields, operation.bytes)
  }

  /** Cancels whatever is open: the call has ended. */
  close(): void {
    this.#waitingRequests.clear()
    for (const cancel of this.#outstanding.values()) cancel()
    this.#outstanding.clear()
    this.#compression.close()
  }

  #startTimer(id: number, fields: Readonly<Record<string, unknown>>): void {
    const ms = typeof fields.ms === "number" ? Math.min(Math.max(0, fields.ms), maxTimerMs) : 0
    const timer = setTimeout(() => {
      this.#outstanding.delete(id)
      this.#settle({ head: `{"id":${id},"ok":true}`, body: undefined })
    }, ms)
    this.#outstanding.set(id, () => clearTimeout(timer))
  }

  /** What the threads of Node's pool do. */
  #startWork(id: number, { op, bytes }: GuestOperation, fields: Readonly<Record<string, unknown>>): void {
    const size = bytes?.byteLength ?? 0
    if (this.#workBytes + size > maxWorkBytes) {
      const what = op === "codec" ? "compression" : "crypto.subtle"
      this.#fail(id, "OperationError", `The operations of ${what} that are open hold too many bytes.`)
      return
    }
    this.#workBytes += size
    this.#outstanding.set(id, () => {})
    const settle = ({ value, error, body }: SubtleAnswer | CompressionAnswer): void => {
      this.#workBytes -= size
      if (this.#outstanding.delete(id)) this.#settle({ head: JSON.stringify({ id, ok: !error, error, value }), body })
    }
    if (op === "codec") this.#compression.perform(fields, bytes, settle)
    else performSubtle(this.#owner, fields, bytes, () => this.#outstanding.has(id), settle)
  }

  #startFetch(id: number, fields: Readonly<Record<string, unknown>>, body: Uint8Array | undefined): void {
    const controller = new AbortController()
    this.#outstanding.set(id, () => controller.abort())
    const request = {
      method: String(fields.method ?? "GET"),
      url: String(fields.url ?? ""),
      headers: toPairs(fields.headers),
      body: body ?? null,
      redirect: redirectModes.find((mode) => mode === fields.redirect) ?? "follow",
    }
    this.#inTurn(id, () => void this.#send(id, request, controller.signal))
  }

  #startCapability(id: number, operation: GuestOperation, fields: Readonly<Record<string, unknown>>): void {
    const controller = new AbortController()
    this.#outstanding.set(id, () => controller.abort())
    const size = operation.text.length + (operation.bytes?.length ?? 0)
    if (this.#heldBytes + size > maxHeldBytes) {
      // Waits its turn with nothing of what it carried.
      const { capability, method } = fields
      const empty = { op: operation.op, text: "", bytes: undefined }
      this.#inTurn(id, () =>
        this.#ask(id, answerCapability(refuseMore, empty, { capability, method }, controller.signal)),
      )
      return
    }
    this.#heldBytes += size
    this.#inTurn(id, async () => {
      await this.#ask(id, answerCapability(this.#callCapability, operation, fields, controller.signal))
      this.#heldBytes -= size
    })
  }

  async #ask(id: number, answering: ReturnType<typeof answerCapability>): Promise<void> {
    this.#openRequests++
    const { head, body } = await answering
    if (!this.#outstanding.delete(id)) return this.#requestEnded()
    this.#settle({ head: `{"id":${id},${head}}`, body, onDelivered: () => this.#requestEnded() })
  }

  /** Begins at once, or when another request of the call has ended. */
  #inTurn(id: number, begin: () => unknown): void {
    if (this.#openRequests < maxOpenRequests) begin()
    else this.#waitingRequests.set(id, begin)
  }

  async #send(id: number, request: HttpRequest, signal: AbortSignal): Promise<void> {
    this.#openRequests++
    const onDelivered = () => this.#requestEnded()
    try {
      const { body, ...head } = await this.#http.fetch(request, { signal, maxBytes: outputLimits.maxBytes })
      if (!this.#outstanding.delete(id)) return this.#requestEnded()
      this.#settle({ head: JSON.stringify({ id, ok: true, ...head }), body, onDelivered })
    } catch (error) {
      this.#requestEnded()
      if (!this.#outstanding.delete(id)) return
      this.#fail(id, "TypeError", error instanceof Error ? error.message : "The request failed.")
    }
  }

  #requestEnded(): void {
    this.#openRequests--
    for (const [id, send] of this.#waitingRequests) {
      this.#waitingRequests.delete(id)
      send()
      return
    }
  }

  #cancel(id: number): void {
    this.#waitingRequests.delete(id)
    this.#outstanding.get(id)?.()
    this.#outstanding.delete(id)
  }

  /** Not at once: the call has only just begun to wait. */
  #failSoon(id: number, name: string, message: string): void {
    this.#settleSoon(id, { id, ok: false, error: { name, message } })
  }

  #settleSoon(id: number, head: object): void {
    const settling = setImmediate(() => {
      this.#outstanding.delete(id)
      this.#settle({ head: JSON.stringify(head), body: undefined })
    })
    this.#outstanding.set(id, () => clearImmediate(settling))
  }

  #fail(id: number, name: string, message: string): void {
    this.#settle({ head: JSON.stringify({ id, ok: false, error: { name, message } }), body: undefined })
  }
}

function toPairs(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return []
  return value.filter(Array.isArray).map(([name, text]) => [String(name), String(text)] as const)
}
