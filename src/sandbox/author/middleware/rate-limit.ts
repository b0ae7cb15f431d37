import type { Context } from "../context.ts"
import { kv } from "../key-value.ts"
import type { WebRequest } from "../web.ts"
import type { Middleware } from "./chain.ts"
import { type Answer, type Incoming, problem, withHeaders } from "./web.ts"

/** Who is counted together; all for whom there is nothing are one. */
type ClientKey = string | null | undefined

/** How often one client may call. */
export interface RateLimitOptions {
  readonly maxRequests: number
  /** Milliseconds, or such as `"30s"`, `"1m"`, `"2h"`, `"1d"`. */
  readonly window: number | string
  /**
   * `fixed`: a window begins with a client's first request. `sliding`: what is left of the window before counts too, in
   * proportion.
   * @default "fixed"
   */
  readonly algorithm?: "fixed" | "sliding"
  /** Who is counted together. @default the token's subject, else what `header` says, else all who are unknown */
  readonly key?: (request: WebRequest, context: Context) => ClientKey | Promise<ClientKey>
  /** The header in which a proxy of the host names the client, such as `x-real-ip`; of a list the last entry counts. */
  readonly header?: string
  /** Limits of one name count together, in all functions of the organisation. @default the function's name */
  readonly name?: string
}

/** Refuses with 429 what is over the limit. Counted in `kv`, so that it holds across sandboxes and processes. */
export function rateLimit(options: RateLimitOptions): Middleware {
  const { maxRequests, header, algorithm = "fixed" } = options
  const windowMs = toMilliseconds(options.window)
  if (!Number.isSafeInteger(maxRequests) || maxRequests < 0)
    throw new RangeError(`Cannot limit to ${maxRequests} requests: it must be a whole number from 0.`)
  const count = algorithm === "sliding" ? countSliding : countFixed
  const keyOf = options.key ?? ((request: unknown, context: Context) => clientOf(request as Incoming, context, header))

  const run = async (request: Incoming, context: Context, next: () => Promise<Answer>): Promise<Answer> => {
    const client = (await keyOf(request as never, context)) ?? "unknown"
    const place = `rate-limit:${options.name ?? context.functionName}:${maxRequests}/${windowMs}:${shorten(client)}`
    const { used, resetMs } = await count(place, windowMs, maxRequests)
    const reset = String(Math.max(1, Math.ceil(resetMs / 1000)))
    const headers = {
      "ratelimit-limit": String(maxRequests),
      "ratelimit-remaining": String(Math.max(0, maxRequests - used)),
      "ratelimit-reset": reset,
    }
    if (used <= maxRequests) return withHeaders(await next(), headers)
    const detail = `${maxRequests} requests in ${windowMs / 1000} s are allowed; try again in ${reset} s.`
    return problem(429, "Too Many Requests", detail, { ...headers, "retry-after": reset })
  }
  return run as unknown as Middleware
}

interface Count {
  /** This request included. */
  readonly used: number
  /** Until requests are allowed again. */
  readonly resetMs: number
}

async function countFixed(place: string, windowMs: number): Promise<Count> {
  const ttl = windowMs / 1000
  const [used, end] = await Promise.all([kv.increment(place, 1, { ttl }), kv.get<number>(`${place}:end`)])
  const now = Date.now()
  if (used > 1 && end !== null) return { used, resetMs: Math.min(windowMs, Math.max(0, end - now)) }
  await kv.set(`${place}:end`, now + windowMs, { ttl })
  return { used, resetMs: windowMs }
}

async function countSliding(place: string, windowMs: number, maxRequests: number): Promise<Count> {
  const now = Date.now()
  const index = Math.floor(now / windowMs)
  const ttl = (2 * windowMs) / 1000
  const [present, before] = await Promise.all([
    kv.increment(`${place}:${index}`, 1, { ttl }),
    kv.get<number>(`${place}:${index - 1}`),
  ])
  const leftMs = windowMs - (now - index * windowMs)
  const used = present + Math.ceil((before ?? 0) * (leftMs / windowMs))
  if (used <= maxRequests || present > maxRequests || !before) return { used, resetMs: leftMs }
  // When so much of the window before has gone that the rest fits.
  return { used, resetMs: leftMs - ((maxRequests - present) / before) * windowMs }
}

function clientOf(request: Incoming, context: Context, header: string | undefined): string {
  const subject = context.auth?.sub
  if (subject !== undefined) return `subject:${subject}`
  const named = header === undefined ? null : request.headers.get(header)
  // What comes before the last entry was written by the client.
  return named === null ? "unknown" : `client:${named.slice(named.lastIndexOf(",") + 1).trim()}`
}

/** Keys have a bound and no half characters, and clients name themselves. */
function shorten(client: string): string {
  const short = client.length > 200 ? `${client.slice(0, 200)}:${client.length}` : client
  return short.replace(/\0|\p{Surrogate}/gu, "\ufffd")
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function toMilliseconds(window: number | string): number {
  const match = /^(\d{1,9}) *(ms|s|m|h|d)$/.exec(String(window))
  const ms = typeof window === "number" ? window : match ? Number(match[1]) * (units[match[2] ?? ""] ?? 0) : 0
  if (ms >= 1 && ms <= 31 * 86_400_000) return ms
  throw new RangeError(`Cannot limit requests in "${window}": it must be such as "30s", "1m" or "2h", at most 31 days.`)
}
