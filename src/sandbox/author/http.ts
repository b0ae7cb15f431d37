import type { WebRequest, WebResponse } from "./web.ts"

/** A request and how to repeat it. */
export interface HttpOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** A value that is sent as JSON. */
  readonly json?: unknown
  /** How often to try again. @default 3 */
  readonly retries?: number
  /** Milliseconds before the second try; doubled for each further one, less a random part. @default 200 */
  readonly baseDelayMs?: number
  /** The longest wait; a longer `Retry-After` ends the tries. @default 10_000 */
  readonly maxDelayMs?: number
  /** Tries again although the method may have had its effect, as POST and PATCH may. @default false */
  readonly retryUnsafe?: boolean
  readonly signal?: unknown
}

/** `fetch` that tries again after network errors and the statuses 408, 429, 500, 502, 503 and 504. */
export interface Http {
  request(url: string | WebRequest, options?: HttpOptions): Promise<WebResponse>
  get(url: string, options?: HttpOptions): Promise<WebResponse>
  post(url: string, options?: HttpOptions): Promise<WebResponse>
  put(url: string, options?: HttpOptions): Promise<WebResponse>
  patch(url: string, options?: HttpOptions): Promise<WebResponse>
  delete(url: string, options?: HttpOptions): Promise<WebResponse>
}

/** `fetch` that tries again after network errors and the statuses 408, 429, 500, 502, 503 and 504. */
export const http: Http = /* @__PURE__ */ toHttp((outgoing) => web.fetch(outgoing))

/** `http` over another way to send one request. */
export function toHttp(send: (request: Outgoing) => Promise<Answer>): Http {
  const request: Http["request"] = (url, options) => repeat(send, url, options)
  return {
    request,
    get: (url, options) => request(url, { ...options, method: "GET" }),
    post: (url, options) => request(url, { ...options, method: "POST" }),
    put: (url, options) => request(url, { ...options, method: "PUT" }),
    patch: (url, options) => request(url, { ...options, method: "PATCH" }),
    delete: (url, options) => request(url, { ...options, method: "DELETE" }),
  }
}

/** A response, as far as it is looked at. */
export interface Answer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
}

/** A request, as far as it is looked at. */
export interface Outgoing {
  readonly method: string
  readonly headers: { set(name: string, value: string): void }
  readonly signal: {
    readonly aborted: boolean
    readonly reason: unknown
    addEventListener(type: "abort", listener: () => void, options: { readonly once: boolean }): void
    removeEventListener(type: "abort", listener: () => void): void
  }
  clone(): Outgoing
}

/** The guest's globals; the author's own type library may have none of them. */
interface Web {
  readonly Request: new (url: unknown, init: Readonly<Record<string, unknown>>) => Outgoing
  readonly Headers: new (init: unknown) => { has(name: string): boolean; set(name: string, value: string): void }
  fetch(request: Outgoing): Promise<Answer>
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

const web = globalThis as unknown as Web
const retried = [408, 429, 500, 502, 503, 504]
/** Methods that may be sent twice and still have their effect once. */
const idempotent = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]

async function repeat(
  send: (request: Outgoing) => Promise<Answer>,
  url: string | WebRequest,
  options: HttpOptions = {},
): Promise<WebResponse> {
  const { retries = 3, baseDelayMs = 200, maxDelayMs = 10_000, retryUnsafe = false, json, ...init } = options
  const outgoing = new web.Request(url, json === undefined ? init : withJson(url, init, json))
  const { signal } = outgoing
  const again = retryUnsafe || idempotent.includes(outgoing.method)
  for (let attempt = 0; ; attempt++) {
    const last = !again || attempt >= retries
    // Equal jitter: half of the wait is fixed, so that tries never follow at once.
    const backoffMs = Math.min(maxDelayMs, baseDelayMs * 2 ** attempt) * (0.5 + Math.random() / 2)
    let waitMs = backoffMs
    try {
      const answer = await send(last ? outgoing : outgoing.clone())
      if (last || !retried.includes(answer.status)) return answer as WebResponse
      waitMs = Math.max(backoffMs, retryAfterMs(answer.headers.get("retry-after")))
      if (waitMs > maxDelayMs) return answer as WebResponse
    } catch (error) {
      if (last || signal.aborted) throw error
    }
    await wait(waitMs, signal)
  }
}

function withJson(url: unknown, init: Readonly<Record<string, unknown>>, json: unknown): Record<string, unknown> {
  const headers = new web.Headers(init.headers ?? Object(url).headers ?? {})
  if (!headers.has("content-type")) headers.set("content-type", "application/json")
  return { ...init, headers, body: JSON.stringify(json) }
}

/** Rejects with the signal's reason once it aborts. */
function wait(ms: number, signal: Outgoing["signal"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      web.clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = web.setTimeout(() => {
      signal.removeEventListener("abort", abort)
      resolve()
    }, ms)
    signal.addEventListener("abort", abort, { once: true })
  })
}

/** Seconds or a date; 0 where it is neither. */
function retryAfterMs(text: string | null): number {
  if (text === null) return 0
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}
