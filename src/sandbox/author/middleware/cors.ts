import type { Middleware } from "./chain.ts"
import { type Answer, type Incoming, web, withHeaders } from "./web.ts"

/** Which pages of other sites may call, and how. */
export interface CorsOptions {
  /** `"*"`, sites such as `https://app.example.com`, or whether a site may. @default "*" */
  readonly origins?: "*" | readonly string[] | ((origin: string) => boolean)
  /** @default GET, HEAD, PUT, PATCH, POST, DELETE */
  readonly methods?: readonly string[]
  /** Headers that a page may send. @default those that it asks for */
  readonly headers?: readonly string[]
  /** Headers that a page may read. */
  readonly exposedHeaders?: readonly string[]
  /** Whether cookies and the like are sent; needs `origins` that are named. @default false */
  readonly credentials?: boolean
  /** Seconds that a browser may keep the answer to a preflight. */
  readonly maxAge?: number
}

/** Lets pages of other sites call: answers preflights, and marks every other answer. */
export function cors(options: CorsOptions = {}): Middleware {
  const { origins = "*", methods = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"], credentials = false } = options
  if (credentials && (origins === "*" || (Array.isArray(origins) && origins.includes("*")))) {
    throw new TypeError('Cannot use cors() with credentials for every site: name the sites in "origins".')
  }

  function allowedFor(origin: string): string | undefined {
    if (origins === "*") return "*"
    if (typeof origins === "function") return origins(origin) ? origin : undefined
    if (origins.includes("*")) return "*"
    return origins.includes(origin) ? origin : undefined
  }

  function marksFor(answered: Answer | undefined, origin: string | null): Record<string, string> {
    const marks: Record<string, string> = {}
    if (origins !== "*") marks.vary = addToken(answered?.headers.get("vary") ?? null, "Origin")
    const allowed = origin === null ? undefined : allowedFor(origin)
    if (allowed === undefined) return marks
    marks["access-control-allow-origin"] = allowed
    if (credentials) marks["access-control-allow-credentials"] = "true"
    return marks
  }

  const run = async (request: Incoming, _: unknown, next: () => Promise<Answer>): Promise<Answer> => {
    const origin = request.headers.get("origin")
    if (request.method === "OPTIONS" && origin !== null && request.headers.get("access-control-request-method")) {
      const marks = marksFor(undefined, origin)
      if (marks["access-control-allow-origin"] !== undefined) {
        const asked = request.headers.get("access-control-request-headers")
        const headers = options.headers?.join(", ") ?? asked
        marks["access-control-allow-methods"] = methods.join(", ")
        if (headers) marks["access-control-allow-headers"] = headers
        if (options.headers === undefined) marks.vary = addToken(marks.vary ?? null, "Access-Control-Request-Headers")
        if (options.maxAge !== undefined) marks["access-control-max-age"] = String(options.maxAge)
      }
      return new web.Response(null, { status: 204, headers: marks })
    }
    const answer = await next()
    const marks = marksFor(answer, origin)
    if (options.exposedHeaders?.length && marks["access-control-allow-origin"] !== undefined) {
      marks["access-control-expose-headers"] = options.exposedHeaders.join(", ")
    }
    return withHeaders(answer, marks)
  }
  return run as unknown as Middleware
}

function addToken(list: string | null, token: string): string {
  const tokens = list === null ? [] : list.split(",").map((each) => each.trim())
  if (tokens.some((each) => each === "*" || each.toLowerCase() === token.toLowerCase())) return tokens.join(", ")
  return [...tokens.filter((each) => each !== ""), token].join(", ")
}
