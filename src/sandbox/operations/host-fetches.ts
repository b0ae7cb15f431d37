import type { HttpClient, HttpRequest, HttpResponse } from "../../ports/http-client.ts"
import { chunkLimits, outputLimits } from "../output-limits.ts"
import { numberOf, textOf } from "../parse-record.ts"
import { HostBody } from "./host-body.ts"
import { HostUpload } from "./host-upload.ts"
import type { OpenOperations } from "./open-operations.ts"
import { Turns } from "./turns.ts"

/** Answers of one call whose bodies may be open at once: each holds a connection. */
const maxOpenBodies = 100
/** Requests of one call whose bodies may be streamed at once. */
const maxUploads = 24
const redirectModes = ["follow", "error", "manual"] as const

type Fields = Readonly<Record<string, unknown>>

/** The requests of one call: their bodies, and those of their answers, cross chunk by chunk as they are asked for. */
export class HostFetches {
  readonly #http: HttpClient
  readonly #open: OpenOperations
  readonly #turns: Turns
  /** Apart from the others: what is streamed may wait for another request, which must get its turn. */
  readonly #uploadTurns: Turns = new Turns(maxUploads)
  /** By the id of their request. */
  readonly #uploads: Map<number, HostUpload> = new Map()
  /** By the id of their request; the one that was read last is the last. */
  readonly #bodies: Map<number, HostBody> = new Map()

  constructor(options: {
    readonly http: HttpClient
    readonly open: OpenOperations
    readonly turns: Turns
  }) {
    this.#http = options.http
    this.#open = options.open
    this.#turns = options.turns
  }

  /** Sends a request when it is its turn. */
  start(id: number, fields: Fields, body: Uint8Array | undefined): void {
    const controller = new AbortController()
    const upload = fields.streamed === true ? new HostUpload() : undefined
    if (upload) this.#uploads.set(id, upload)
    this.#open.add(id, () => controller.abort())
    const request = {
      method: textOf(fields.method, "GET"),
      url: textOf(fields.url),
      headers: toPairs(fields.headers),
      body: upload ?? body ?? null,
      redirect: redirectModes.find((mode) => mode === fields.redirect) ?? "follow",
    }
    const turns = upload ? this.#uploadTurns : this.#turns
    turns.take(id, () => void this.#send(id, request, controller, () => turns.end()))
  }

  /** Takes the next chunk of a request's body, or its end. */
  push(id: number, { to, last }: Fields, bytes: Uint8Array | undefined): void {
    const upload = this.#uploads.get(numberOf(to))
    if (last === true) {
      upload?.end()
      return
    }
    this.#open.add(id, () => {})
    const taken = (isWanted: boolean): void => {
      if (isWanted) this.#open.answer(id, '"ok":true')
      else this.#open.failSoon(id, "TypeError", "The request takes no more of its body.")
    }
    if (!upload || !bytes || bytes.byteLength > chunkLimits.maxBytes) taken(false)
    else upload.push(bytes, taken)
  }

  /** Answers with the next chunk of a body, or with all that is left of it. */
  read(id: number, { body: of, whole }: Fields): void {
    this.#open.add(id, () => {})
    if (whole !== true) {
      void this.#answer(id, of, (body) => body.read())
      return
    }
    this.#turns.take(id, () => {
      const read = async (body: HostBody): Promise<Uint8Array> => {
        const bytes = await body.readWhole(outputLimits.maxBytes)
        this.#bodies.delete(numberOf(of))
        return bytes
      }
      void this.#answer(id, of, read, () => this.#turns.end())
    })
  }

  /** Reads a body for the host itself. */
  async *take(of: unknown): AsyncGenerator<Uint8Array> {
    const body = this.#bodyOf(of)
    try {
      for (let chunk = await body.read(); chunk; chunk = await body.read()) yield chunk
    } finally {
      body.close()
      this.#bodies.delete(numberOf(of))
    }
  }

  /** Gives a request up, and whatever has been answered to it. */
  abort(id: number): void {
    this.#turns.cancel(id)
    this.#uploadTurns.cancel(id)
    this.#open.cancel(id)
    this.#uploads.get(id)?.close()
    this.#uploads.delete(id)
    this.#bodies.get(id)?.close()
    this.#bodies.delete(id)
  }

  /** The call has ended. */
  close(): void {
    this.#uploadTurns.clear()
    for (const upload of this.#uploads.values()) upload.close()
    for (const body of this.#bodies.values()) body.close()
    this.#uploads.clear()
    this.#bodies.clear()
  }

  async #send(id: number, request: HttpRequest, controller: AbortController, delivered: () => void): Promise<void> {
    const { signal } = controller
    try {
      const response = await this.#http.fetch(request, { signal, maxBytes: chunkLimits.maxStreamBytes })
      const { body, ...head } = response
      const streamed = !(body instanceof Uint8Array)
      if (streamed && this.#open.has(id)) this.#keep(id, new HostBody(body, () => controller.abort()))
      const fields = JSON.stringify({ ok: true, ...head, ...(streamed && { streamed }) }).slice(1, -1)
      if (this.#open.answer(id, fields, streamed ? undefined : checked(response), delivered)) return
      controller.abort()
    } catch (error) {
      this.#uploads.get(id)?.close()
      this.#open.fail(id, "TypeError", error instanceof Error ? error.message : "The request failed.")
    }
    delivered()
  }

  #keep(id: number, body: HostBody): void {
    this.#bodies.set(id, body)
    for (const [oldest, unread] of this.#bodies) {
      if (this.#bodies.size <= maxOpenBodies) return
      this.#bodies.delete(oldest)
      unread.close()
    }
  }

  #bodyOf(of: unknown): HostBody {
    const id = numberOf(of)
    const body = this.#bodies.get(id)
    if (!body) {
      const reason = `a call may leave ${maxOpenBodies} answers unread at once, and keeps none for a later call`
      throw new TypeError(`Cannot read the body: the connection was closed, as ${reason}.`)
    }
    this.#bodies.delete(id)
    this.#bodies.set(id, body)
    return body
  }

  async #answer(
    id: number,
    of: unknown,
    read: (body: HostBody) => Promise<Uint8Array | undefined>,
    delivered?: () => void,
  ): Promise<void> {
    try {
      const bytes = await read(this.#bodyOf(of))
      if (!bytes) this.#bodies.delete(numberOf(of))
      if (this.#open.answer(id, `"ok":true${bytes ? "" : ',"last":true'}`, bytes, delivered)) return
    } catch (error) {
      this.#bodies.get(numberOf(of))?.close()
      this.#bodies.delete(numberOf(of))
      this.#open.fail(id, "TypeError", error instanceof Error ? error.message : "The connection broke off.")
    }
    delivered?.()
  }
}

/** What a client gives whole may not be more than what a call could read whole. */
function checked({ body }: HttpResponse): Uint8Array {
  const bytes = body as Uint8Array
  if (bytes.byteLength <= outputLimits.maxBytes) return bytes
  throw new TypeError(`Cannot fetch: the answer is larger than ${outputLimits.maxBytes} bytes.`)
}

function toPairs(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return []
  return value.filter(Array.isArray).map(([name, text]) => [textOf(name), textOf(text)] as const)
}
