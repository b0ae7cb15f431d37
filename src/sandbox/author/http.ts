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
export const http: Http = {
  request,
  get: (url, options) => request(url, { ...options, method: "GET" }),
  post: (url, options) => request(url, { ...options, method: "POST" }),
  put: (url, options) => request(url, { ...options, method: "PUT" }),
  patch: (url, options) => request(url, { ...options, method: "PATCH" }),
  delete: (url, options) => request(url, { ...options, method: "DELETE" }),
}

interface Answer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
}

interface Outgoing {
  readonly method: string
  clone(): Outgoing
}

/** The guest's globals; the author's own type library may have none of them. */
interface Web {
  readonly Request: new (url: unknown, init: Readonly<Record<string, unknown>>) => Outgoing
  fetch(request: Outgoing): Promise<Answer>
  setTimeout(callback: () => void, ms: number): unknown
}

const retried = [408, 429, 500, 502, 503, 504]
/** Methods that may be sent twice and still have their effect once. */
const idempotent = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]

async function request(url: string | WebRequest, options: HttpOptions = {}): Promise<WebResponse> {
  const web = globalThis as unknown as Web
  const { retries = 3, baseDelayMs = 200, maxDelayMs = 10_000, retryUnsafe = false, json, ...init } = options
  const outgoing = new web.Request(url, json === undefined ? init : withJson(init, json))
  const again = retryUnsafe || idempotent.includes(outgoing.method)
  for (let attempt = 0; ; attempt++) {
    const last = !again || attempt >= retries
    // Equal jitter: half of the wait is fixed, so that tries never follow at once.
    const backoffMs = Math.min(maxDelayMs, baseDelayMs * 2 ** attempt) * (0.5 + Math.random() / 2)
    let waitMs = backoffMs
    try {
      const answer = await web.fetch(last ? outgoing : outgoing.clone())
      if (last || !retried.includes(answer.status)) return answer as WebResponse
      waitMs = Math.max(backoffMs, retryAfterMs(answer.headers.get("retry-after")))
      if (waitMs > maxDelayMs) return answer as WebResponse
    } catch (error) {
      const aborted = (init.signal as { readonly aborted?: boolean } | undefined)?.aborted === true
      if (last || aborted) throw error
    }
    await new Promise<void>((resolve) => void web.setTimeout(resolve, waitMs))
  }
}

function withJson(init: Readonly<Record<string, unknown>>, json: unknown): Readonly<Record<string, unknown>> {
  const headers = { "content-type": "application/json", ...(init.headers as object | undefined) }
  return { ...init, headers, body: JSON.stringify(json) }
}

/** Seconds or a date; 0 where it is neither. */
function retryAfterMs(text: string | null): number {
  if (text === null) return 0
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}
