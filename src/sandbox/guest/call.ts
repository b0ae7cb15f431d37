import { type Body, sendBytes } from "./body.ts"
import { restartClock } from "./clock.ts"
import { beginContext, type CallFields, type Context, callSignal, mustWait } from "./context.ts"
import { describeError, errorToJson, kindOf } from "./errors.ts"
import type { Handler } from "./handler.ts"
import { headerPairs } from "./headers.ts"
import { host } from "./host.ts"
import type { Pairs } from "./pair-iterator.ts"
import { type Environment, phase } from "./phase.ts"
import {
  defineProperty,
  hasInChain,
  hasOwn,
  indexOf,
  objectPrototype,
  parse,
  promiseThen,
  quote,
  slice,
  stringify,
} from "./primordials.ts"
import { seedRandom } from "./random.ts"
import { incomingRequest, type Request } from "./request.ts"
import { isResponse, responseState } from "./response.ts"
import { sendChunks } from "./send-chunks.ts"
import { writePairs } from "./write-pairs.ts"

/** How a call begins. */
export interface CallHead extends CallFields {
  readonly seed: readonly [number, number, number, number]
  readonly env: Environment
  readonly kind: "event" | "http"
  /** The caller takes the body of a response as it is made. */
  readonly streams?: boolean
  readonly request?: { readonly method: string; readonly url: string; readonly headers: Pairs }
}

let answered = true
let kind: CallHead["kind"] = "event"
/** An answer went out while the call goes on. */
let early = false
let streams = false

/** Calls the handler. A handler that answers at once is answered for before this returns. */
export function startCall(handler: Handler, head: CallHead, body: string | ArrayBuffer | undefined): void {
  answered = false
  early = false
  streams = head.streams === true
  kind = handler.kind === "fetch" ? "http" : head.kind
  phase.environment = head.env
  seedRandom(head.seed)
  restartClock()
  const context = beginContext(head)
  let input: unknown
  try {
    if (kind === "event" && body !== undefined) input = parse(body as string)
  } catch (thrown) {
    fail(thrown, "input")
    return
  }
  try {
    const result =
      kind === "http" ? callHttp(handler, toRequest(head, body), context) : callEvent(handler, input, context)
    if (isThenable(result)) follow(result)
    else finish(result)
  } catch (thrown) {
    fail(thrown)
  }
}

/** Answers that the call failed, unless it has been answered. Never throws. */
export function fail(thrown: unknown, failure?: "input" | "output"): void {
  if (answered) return
  answered = true
  host("fail", errorToJson(describeError(thrown), failure))
}

/** Lets `fail` speak for the loading of a module, which is no call. */
export function openAnswer(): void {
  answered = false
}

/** Answers for the loading of a module. */
export function answerLoaded(text: string): void {
  if (answered) return
  answered = true
  host("loaded", text)
}

function callEvent(handler: Handler, input: unknown, context: Context): unknown {
  if (handler.kind === "missing") throw new TypeError(handler.message)
  // Not as a method: the handler's `this` must be nothing of ours.
  const { target } = handler as { target(...values: unknown[]): unknown }
  return target(input, context)
}

function callHttp(handler: Handler, request: Request, context: Context): unknown {
  return handler.kind === "fetch"
    ? handler.target.fetch(request, context.env, context)
    : callEvent(handler, request, context)
}

function toRequest(head: CallHead, body: string | ArrayBuffer | undefined): Request {
  if (hasOwn(head, "request") && head.request !== undefined) return incomingRequest(head.request, body, callSignal)
  const fields = { method: "POST", url: "http://localhost/", headers: [["content-type", "application/json"]] as const }
  return incomingRequest(fields, body, callSignal)
}

/** Whether a result is to be awaited. A `then` on Object.prototype makes no promise of every plain object. */
function isThenable(result: unknown): boolean {
  if ((typeof result !== "object" || result === null) && typeof result !== "function") return false
  const method = (result as { then?: unknown }).then
  if (typeof method !== "function") return false
  return !hasOwn(objectPrototype, "then") || method !== (objectPrototype as { then?: unknown }).then
}

function follow(promise: unknown): void {
  try {
    promiseThen(promise, finish, failLater)
  } catch {
    // A thenable that is no promise of the engine's own; or a promise whose constructor was tampered with.
    const adopted = isPromise(promise) ? promise : new Promise((resolve) => resolve(promise))
    defineProperty(adopted, "constructor", noConstructor)
    promiseThen(adopted, finish, failLater)
  }
}

const noConstructor = { __proto__: null, value: undefined } as PropertyDescriptor

/** By its chain of prototypes: asking a promise itself would ask its constructor. */
function isPromise(value: unknown): value is Promise<unknown> {
  return hasInChain(Promise.prototype, value)
}

function failLater(reason: unknown): void {
  fail(reason)
}

function finish(result: unknown): void {
  if (answered || early) return
  try {
    if (kind === "http" || isResponse(result)) answerResponse(result)
    else answerValue(result)
  } catch (thrown) {
    fail(thrown, "output")
  }
}

function answerResponse(result: unknown): void {
  if (!isResponse(result)) {
    throw new TypeError("Cannot answer the request with " + kindOf(result) + ": an http handler must return a Response")
  }
  const state = responseState(result)
  if (state.type === "error") throw new TypeError("Cannot answer the request with Response.error()")
  const headers = writePairs(headerPairs(state.headers))
  const head = '{"status":' + state.status + ',"statusText":' + quote(state.statusText) + ',"headers":' + headers + "}"
  deliver(head, state.body)
}

/** Sends a response: as its body is made, where that is a stream and the caller takes one; otherwise when it is whole. */
function deliver(head: string, body: Body | null): void {
  if (streams && body !== null && body.stream !== undefined) {
    early = true
    host("answer.respond", slice(head, 0, -1) + ',"streamed":true}')
    sendChunks(body, endOfStream, failLater)
    return
  }
  const respond = (bytes: ArrayBuffer | undefined): void => {
    if (!answered && !early) send("respond", head, bytes)
  }
  sendBytes(body, respond, failLater)
}

/** Sends the answer: the last thing of the call, unless `waitUntil` was given something that is still open. */
function send(operation: "done" | "respond", text?: string, bytes?: ArrayBuffer): void {
  early = mustWait(end)
  answered = !early
  host(early ? "answer." + operation : operation, text, bytes)
}

/** The body of the answer is whole; the call ends unless `waitUntil` was given something that is still open. */
function endOfStream(): void {
  if (mustWait(end)) host("chunk", '{"id":0,"last":true}')
  else end()
}

/** Ends a call that has answered before. */
function end(): void {
  if (answered) return
  answered = true
  host("end")
}

function answerValue(result: unknown): void {
  if (result === undefined) {
    send("done")
    return
  }
  const type = typeof result
  if (type === "function" || type === "symbol" || type === "bigint") {
    throw new TypeError("Cannot answer with " + kindOf(result) + ": the result must have a JSON form")
  }
  let text: string | undefined
  try {
    text = stringify(result)
  } catch (thrown) {
    throw explain(thrown)
  }
  send("done", text)
}

/** The engine's complaints in words that say what to change; what a `toJSON` or getter threw stays as it is. */
function explain(thrown: unknown): unknown {
  const { name, message } = describeError(thrown)
  if (name === "TypeError" && message === "circular reference") {
    return new TypeError("Cannot answer with an object that contains itself: the result must have a JSON form")
  }
  if (name === "TypeError" && indexOf(message, "BigInt") === 0) {
    return new TypeError("Cannot answer with a BigInt inside the result: the result must have a JSON form")
  }
  if (indexOf(message, "stack") >= 0 && (name === "RangeError" || name === "InternalError")) {
    return new RangeError("Cannot answer with so deep an object: its JSON form exceeds the stack")
  }
  return thrown
}
