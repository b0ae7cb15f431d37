import { errorTable } from "../errors/table.ts"
import type { Identity } from "../model/identity.ts"
import type { RuntimeAnswer } from "../ports/runtime.ts"
import type { RawAnswer } from "../service/invoke.ts"
import { toKnownResponse } from "../util/known-response.ts"
import { problemResponse, retryAfter, toCodeProblem } from "./problem.ts"
import { forCaller } from "./source-lines.ts"
import { toAnswerParent } from "./trace-context.ts"

/** How the outcome of a call is answered. */
export interface CallResponseOptions {
  readonly prefix: string
  /** Whether the caller learns the function's own error; visitors of a public route do not. */
  readonly showsError: boolean
  readonly identity: Identity | null
  /** The request was HEAD: a body that is not there may have been left out. @default false */
  readonly isHead?: boolean
}

/**
 * Answers what a function answered: JSON text as it is, a `Response` with its status and headers, 204 where it answered
 * nothing, problem details where it failed. The invocation's id and trace are in the headers.
 */
export function callResponse(answer: RawAnswer, options: CallResponseOptions): Response {
  const { invocation, output, retryAfterSeconds } = answer
  const marks = {
    "inlay-invocation-id": invocation.id,
    traceparent: toAnswerParent(invocation),
  }
  const { error } = forCaller(invocation, options.identity)
  if (error) {
    const { code, ...own } = error
    const problem = toCodeProblem(code, options.showsError ? error.message : errorTable[code].cause)
    const details = options.showsError
      ? { instance: `${options.prefix}/invocations/${invocation.id}`, invocationId: invocation.id, error: own }
      : { invocationId: invocation.id }
    return problemResponse({ ...problem, ...details }, { ...marks, ...retryAfter(code, retryAfterSeconds) })
  }
  if (output?.type === "response" || output?.type === "stream") {
    try {
      return toResponse(output, marks, options.isHead === true)
    } catch (reason) {
      // The sandbox's own classes make no such response, but code that tampered with them may.
      if (output.type === "stream") void output.body.cancel()
      const detail = `Cannot send the function's response: ${reason instanceof Error ? reason.message : "it is none."}`
      return problemResponse({ ...toCodeProblem("FN_004", detail), invocationId: invocation.id }, marks)
    }
  }
  if (output?.text === undefined) return new Response(null, { status: 204, headers: marks })
  return toKnownResponse(output.text, {
    headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(output.text)), ...marks },
  })
}

/** The connection's own headers: what a function says of them would contradict what is really sent. */
const connectionHeaders = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

const bodiless = new Set([204, 205, 304])

function toResponse(
  output: Extract<RuntimeAnswer, { readonly type: "response" | "stream" }>,
  marks: Readonly<Record<string, string>>,
  isHead: boolean,
): Response {
  const headers = new Headers()
  for (const [name, value] of output.headers) {
    if (!connectionHeaders.has(name.toLowerCase())) headers.append(name, value)
  }
  for (const [name, value] of Object.entries(marks)) headers.set(name, value)
  const hasBody = !bodiless.has(output.status)
  if (!hasBody && output.type === "stream") void output.body.cancel()
  if (hasBody && output.type === "response" && (output.body.byteLength > 0 || !isHead)) {
    headers.set("content-length", String(output.body.byteLength))
  }
  const init = { status: output.status, statusText: output.statusText, headers }
  if (output.type === "stream") return new Response(hasBody ? output.body : null, init)
  return toKnownResponse(hasBody ? (output.body as Uint8Array<ArrayBuffer>) : null, init)
}
