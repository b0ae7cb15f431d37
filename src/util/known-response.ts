import { DeferredBody, deferBodies } from "./deferred-body.ts"
import { platformClass } from "./platform-class.ts"

type KnownBody = string | Uint8Array<ArrayBuffer>

const PlatformResponse = platformClass(Response)

/** A response whose body need not be read out of its stream by whoever sends it. */
class KnownResponse extends PlatformResponse {
  readonly #known: KnownBody
  readonly #deferred: DeferredBody

  static {
    const { prototype } = KnownResponse
    deferBodies(prototype, (response) => response.#deferred)
    const { text } = prototype
    Object.assign(prototype, {
      // In the most frequent case there is nothing to decode.
      async text(this: KnownResponse): Promise<string> {
        const { known } = this
        if (typeof known !== "string" || !isPlain(known)) return text.call(this)
        this.#deferred.take()
        return known
      },
      async json(this: KnownResponse): Promise<unknown> {
        return JSON.parse(await this.text())
      },
      clone(this: KnownResponse): Response {
        const { status, statusText, headers } = this
        return new Response(this.#deferred.whole.clone().body, { status, statusText, headers })
      },
    })
  }

  constructor(body: KnownBody, init: ResponseInit) {
    super(null, init)
    this.#known = body
    this.#deferred = new DeferredBody(() => body, this.headers)
  }

  get known(): KnownBody | undefined {
    return this.#deferred.direct ? this.#known : undefined
  }
}

/** Whether text is the same after it was sent: what begins with a mark of byte order or has half a character is not. */
function isPlain(text: string): boolean {
  return text.charCodeAt(0) !== 0xfeff && !/\p{Surrogate}/u.test(text)
}

/** A response with a body that is there; its headers say what type it has. */
export function toKnownResponse(body: KnownBody | null, init: ResponseInit): Response {
  // A server that has put its own class in place knows best how to send one of that.
  return body === null || Response !== PlatformResponse ? new Response(body, init) : new KnownResponse(body, init)
}

/** The whole body of a response; undefined where it is not known, or somebody has asked for its stream. */
export function knownBodyOf(response: Response): KnownBody | undefined {
  return response instanceof KnownResponse ? response.known : undefined
}
