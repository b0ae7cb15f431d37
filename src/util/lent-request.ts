import { DeferredBody, deferBodies } from "./deferred-body.ts"
import { platformClass } from "./platform-class.ts"

/** Gives a body's chunks as they come, until its end or until `take` answers false. Rejects where the sender breaks off. */
export type DirectBody = (take: (chunk: Uint8Array) => boolean) => Promise<void>

/** The body of a request, in both of its forms. */
export interface LentBody {
  readonly read: DirectBody
  readonly toStream: () => ReadableStream<Uint8Array>
  /** Whether it was written anew from what a parser had made of it, so that its bytes may be others than were sent. */
  readonly isRebuilt?: boolean
}

/** What a request is made of. */
export interface LentRequestInit {
  readonly method: string
  readonly headers: Iterable<readonly [name: string, value: string]>
  /** Gives its body, once, and may take away headers that are not of it. */
  readonly makeBody: (headers: Headers) => LentBody | null
  /** Gives its signal, once, where somebody asks for that. */
  readonly makeSignal: () => AbortSignal
}

const PlatformRequest: typeof Request = platformClass(Request)

/** A request whose body may be read without its stream, and whose signal is made when it is asked for. */
export class LentRequest extends PlatformRequest {
  readonly #body: LentBody | null
  readonly #deferred: DeferredBody | undefined
  readonly #makeSignal: () => AbortSignal
  #signal: AbortSignal | undefined

  static {
    const { prototype } = LentRequest
    deferBodies(prototype, (request) => request.#deferred)
    Object.defineProperties(prototype, {
      signal: {
        configurable: true,
        enumerable: true,
        get(this: LentRequest): AbortSignal {
          this.#signal ??= this.#makeSignal()
          return this.#signal
        },
      },
      clone: {
        configurable: true,
        enumerable: true,
        value(this: LentRequest): Request {
          const { url, method, headers, signal } = this
          const body = this.#deferred?.whole.clone().body ?? null
          return new Request(url, { method, headers, signal, body, duplex: "half" } as RequestInit)
        },
      },
    })
  }

  constructor(url: string, { method, headers, makeBody, makeSignal }: LentRequestInit) {
    super(url, { method })
    const own = this.headers
    // The constructor would check them twice.
    for (const [name, value] of headers) own.append(name, value)
    const body = makeBody(own)
    this.#body = body
    this.#deferred = body ? new DeferredBody(() => body.toStream(), own) : undefined
    this.#makeSignal = makeSignal
  }

  get hasBody(): boolean {
    return this.#body !== null
  }

  get hasRebuiltBody(): boolean {
    return this.#body?.isRebuilt === true
  }

  /** The direct way to the body, once; undefined where there is none, or somebody has asked for the stream. */
  takeBody(): DirectBody | undefined {
    if (!this.#deferred?.direct) return undefined
    this.#deferred.take()
    return this.#body?.read
  }
}

/** Whether a request has a body, which asks for no stream. */
export function hasBody(request: Request): boolean {
  return request instanceof LentRequest ? request.hasBody : request.body !== null
}

/** Whether the bytes of a request's body may be others than were sent, since the host had it parsed. */
export function hasRebuiltBody(request: Request): boolean {
  return request instanceof LentRequest && request.hasRebuiltBody
}

/** The direct way to a request's body, once; undefined where there is none, or somebody has asked for the stream. */
export function takeBody(request: Request): DirectBody | undefined {
  return request instanceof LentRequest ? request.takeBody() : undefined
}
