/** What a body can be made of where it is asked for as a stream. */
export type BodySource = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/**
 * A body that becomes a web stream only where somebody asks for one: for a small message, the stream costs more than all
 * else.
 */
export class DeferredBody {
  readonly #make: () => BodySource
  readonly #headers: Headers
  #whole: Response | undefined
  #taken = false

  /** `make` is called once at most. */
  constructor(make: () => BodySource, headers: Headers) {
    this.#make = make
    this.#headers = headers
  }

  /** Whether somebody has begun to read it. */
  get used(): boolean {
    return this.#taken || this.#whole?.bodyUsed === true
  }

  /** Whether its reader may go round the stream: nobody has asked for that. */
  get direct(): boolean {
    return !this.#taken && this.#whole === undefined
  }

  /** From here on it counts as read. */
  take(): void {
    this.#taken = true
  }

  /** Something that reads like the message. */
  get whole(): Response {
    if (this.#whole) return this.#whole
    this.#whole = new Response(this.#taken ? "" : this.#make(), { headers: this.#headers })
    if (this.#taken) void this.#whole.text()
    return this.#whole
  }
}

const readers = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const

/** Has messages of a class read their deferred body; those that have none are as they were. */
export function deferBodies<Message extends Request | Response>(
  prototype: Message,
  bodyOf: (message: Message) => DeferredBody | undefined,
): void {
  for (const name of ["body", "bodyUsed", ...readers]) {
    const found = Reflect.getOwnPropertyDescriptor(Object.getPrototypeOf(prototype), name)
    // Node 20 knows no `bytes`.
    if (!found) continue
    const own = { configurable: true, enumerable: true }
    if (name === "body" || name === "bodyUsed") {
      Object.defineProperty(prototype, name, {
        ...own,
        get(this: Message) {
          const body = bodyOf(this)
          if (!body) return found.get?.call(this)
          return name === "body" ? body.whole.body : body.used
        },
      })
      continue
    }
    Object.defineProperty(prototype, name, {
      ...own,
      writable: true,
      value(this: Message) {
        const whole = bodyOf(this)?.whole
        return whole ? Reflect.get(whole, name).call(whole) : found.value.call(this)
      },
    })
  }
}
