import type { HttpClient, HttpRequest } from "../ports/http-client.ts"
import { parseRecord } from "./outcome.ts"
import { outputLimits } from "./output-limits.ts"
import type { GuestOperation } from "./protocol.ts"

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
/** What `setTimeout` takes; longer ones end with the call anyway. */
const maxTimerMs = 2_147_483_647
const redirectModes = ["follow", "error", "manual"] as const

/** The operations of one waiting call, performed outside its thread so that they outlive it. */
export class HostOperations {
  readonly #http: HttpClient
  readonly #settle: (settlement: Settlement) => void
  readonly #outstanding: Map<number, () => void> = new Map()
  readonly #waitingRequests: Map<number, () => void> = new Map()
  #openRequests = 0

  constructor(http: HttpClient, settle: (settlement: Settlement) => void) {
    this.#http = http
    this.#settle = settle
  }

  /** How many operations have not been answered yet. */
  get size(): number {
    return this.#outstanding.size
  }

  /** Begins or cancels an operation. The text is the guest's, so nothing in it is trusted. */
  perform(operation: GuestOperation): void {
    const fields = parseRecord(operation.text)
    const { id } = fields
    if (typeof id !== "number" || !Number.isSafeInteger(id)) return
    if (operation.op === "timer.cancel" || operation.op === "fetch.abort") this.#cancel(id)
    else if (this.#outstanding.has(id)) return
    else if (this.#outstanding.size >= maxOutstanding) this.#fail(id, "RangeError", "Too many operations at once.")
    else if (operation.op === "timer") this.#startTimer(id, fields)
    else this.#startFetch(id, fields, operation.bytes)
  }

  /** Cancels whatever is open: the call has ended. */
  close(): void {
    this.#waitingRequests.clear()
    for (const cancel of this.#outstanding.values()) cancel()
    this.#outstanding.clear()
  }

  #startTimer(id: number, fields: Readonly<Record<string, unknown>>): void {
    const ms = typeof fields.ms === "number" ? Math.min(Math.max(0, fields.ms), maxTimerMs) : 0
    const timer = setTimeout(() => {
      this.#outstanding.delete(id)
      this.#settle({ head: `{"id":${id},"ok":true}`, body: undefined })
    }, ms)
    this.#outstanding.set(id, () => clearTimeout(timer))
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
    const send = () => void this.#send(id, request, controller.signal)
    if (this.#openRequests < maxOpenRequests) send()
    else this.#waitingRequests.set(id, send)
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

  #fail(id: number, name: string, message: string): void {
    this.#settle({ head: JSON.stringify({ id, ok: false, error: { name, message } }), body: undefined })
  }
}

function toPairs(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return []
  return value.filter(Array.isArray).map(([name, text]) => [String(name), String(text)] as const)
}
