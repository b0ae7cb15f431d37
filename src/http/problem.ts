import { type ErrorIssue, FunctionsError, type GuestError } from "../errors/functions-error.ts"
import { type ErrorCode, errorTable } from "../errors/table.ts"
import { toKnownResponse } from "../util/known-response.ts"
import { HttpError } from "./http-error.ts"

/** Problem details (RFC 9457) as every refused or failed request is answered with. */
export interface Problem {
  /** `urn:inlay:error:` and the code, or `about:blank` where the status says everything. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code?: ErrorCode
  /** The record of the invocation that failed. */
  readonly instance?: string
  readonly issues?: readonly ErrorIssue[]
  readonly invocationId?: string
  /** The function's own error. */
  readonly error?: GuestError
}

/** The problem for one of the `FN_` codes; `status` where it is not the code's own. */
export function toCodeProblem(code: ErrorCode, detail: string, status: number = errorTable[code].status): Problem {
  return { type: `urn:inlay:error:${code}`, title: errorTable[code].title, status, detail, code }
}

/** Answers a problem. */
export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  const text = JSON.stringify(problem)
  return toKnownResponse(text, {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "content-length": String(Buffer.byteLength(text)),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  })
}

/** Answers whatever was thrown; `report` hears of what nobody threw on purpose, of which the caller learns nothing. */
export function errorResponse(error: unknown, report: (error: unknown) => void): Response {
  if (error instanceof HttpError) return refusal(error)
  if (error instanceof FunctionsError) {
    return problemResponse(
      {
        ...toCodeProblem(error.code, error.message),
        ...(error.issues ? { issues: error.issues } : {}),
        ...(error.invocationId === undefined ? {} : { invocationId: error.invocationId }),
        ...(error.guest ? { error: error.guest } : {}),
      },
      retryAfter(error.code, error.retryAfterSeconds),
    )
  }
  report(error)
  return problemResponse({
    type: "about:blank",
    title: "Internal Server Error",
    status: 500,
    detail: "Cannot answer the request: something failed within the service.",
  })
}

/** When to come back, for the code that always tells so and for errors that know. */
export function retryAfter(code: ErrorCode, seconds?: number): Readonly<Record<string, string>> {
  if (seconds === undefined && code !== "FN_007") return {}
  return { "retry-after": String(Math.max(1, Math.ceil(seconds ?? 1))) }
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  503: "Service Unavailable",
}

function refusal({ status, message, options }: HttpError): Response {
  const base: Problem =
    options.code === undefined
      ? { type: "about:blank", title: titles[status] ?? "Refused", status, detail: message }
      : toCodeProblem(options.code, message, status)
  return problemResponse(options.issues ? { ...base, issues: options.issues } : base, options.headers)
}
