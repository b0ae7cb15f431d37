import { whenAborted } from "./abort.ts"
import { type Body, isStreamed, readChunks, requireUnused, sendBytes, takeRemote } from "./body.ts"
import { restartClock } from "./clock.ts"
import { resetConsole } from "./console.ts"
import { beginContext, type CallHead, type Context, callSignal, mustWait } from "./context.ts"
import { describeError, errorToJson, kindOf } from "./errors.ts"
import type { Handler } from "./handler.ts"
import { headerPairs } from "./headers.ts"
import { host } from "./host.ts"
import { toJson } from "./json.ts"
import { beginOperations, endOperations, openOperation } from "./operations.ts"
import { phase } from "./phase.ts"
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
} from "./primordials.ts"
import { seedRandom } from "./random.ts"
import { incomingRequest, type Request } from "./request.ts"
import { isResponse, responseState } from "./response.ts"
import { sendChunks } from "./send-chunks.ts"
import { writePairs } from "./write-pairs.ts"

/** How far one call is answered. Whatever goes on in its name holds its own: none answers for a later one. */
interface Answering {
  answered: boolean
  /** An answer went out while the call goes on. */
  early: boolean
  readonly kind: "event" | "http"
  readonly streams: boolean
  /** The caller asked for the head of a response alone. */
  readonly headOnly: boolean
  readonly keeps: boolean
}

let current: Answering = { answered: true, early: false, kind: "event", streams: false, headOnly: false, keeps: false }

/** Calls the handler. A handler that answers at once is answered for before this returns. */
export function startCall(handler: Handler, head: CallHead, body: string | ArrayBuffer | undefined): void {
  const kind = handler.kind === "fetch" ? "http" : head[5]
  const headOnly = head[8] !== null && head[8][0] === "HEAD"
  const call = { answered: false, early: false, kind, streams: head[7], headOnly, keeps: head[11] }
  current.answered = true
  current = call
  beginOperations(head[10])
  if (call.keeps) resetConsole()
  phase.environment = head[6]
  seedRandom(head[0])
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
    if (isThenable(result)) follow(call, result)
    else finish(call, result)
  } catch (thrown) {
    fail(thrown)
  }
}

/** Answers that the present call failed, unless it has been answered. Never throws. */
export function fail(thrown: unknown, failure?: "input" | "output"): void {
  failCall(current, thrown, failure)
}

function failCall(call: Answering, thrown: unknown, failure?: "input" | "output"): void {
  if (call.answered) return
  call.answered = true
  host("fail", errorToJson(describeError(thrown), failure))
}

/** Lets `fail` speak for the loading of a module, which is no call. */
export function openAnswer(): void {
  current.answered = false
}

/** Answers for the loading of a module. */
export function answerLoaded(text: string): void {
  if (current.answered) return
  current.answered = true
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
  const request = head[8]
  if (request !== null) {
    return incomingRequest({ method: request[0], url: request[1], headers: request[2] }, body, callSignal)
  }
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

function follow(call: Answering, promise: unknown): void {
  const fulfilled = (result: unknown): void => finish(call, result)
  const rejected = (reason: unknown): void => failCall(call, reason)
  try {
    promiseThen(promise, fulfilled, rejected)
  } catch {
    // A thenable that is no promise of the engine's own; or a promise whose constructor was tampered with.
    const adopted = isPromise(promise) ? promise : new Promise((resolve) => resolve(promise))
    defineProperty(adopted, "constructor", noConstructor)
    promiseThen(adopted, fulfilled, rejected)
  }
}

const noConstructor = { __proto__: null, value: undefined } as PropertyDescriptor

/** By its chain of prototypes: asking a promise itself would ask its constructor. */
function isPromise(value: unknown): value is Promise<unknown> {
  return hasInChain(Promise.prototype, value)
}

function finish(call: Answering, result: unknown): void {
  if (call.answered || call.early) return
  try {
    if (call.kind === "http" || isResponse(result)) answerResponse(call, result)
    else answerValue(call, result)
  } catch (thrown) {
    failCall(call, thrown, "output")
  }
}

function answerResponse(call: Answering, result: unknown): void {
  if (!isResponse(result)) {
    throw new TypeError("Cannot answer the request with " + kindOf(result) + ": an http handler must return a Response")
  }
  const state = responseState(result)
  if (state.type === "error") throw new TypeError("Cannot answer the request with Response.error()")
  const headers = writePairs(headerPairs(state.headers))
  const head = '{"status":' + state.status + ',"statusText":' + quote(state.statusText) + ',"headers":' + headers + "}"
  deliver(call, head, state.body)
}

/** Sends a response: as its body is made, where that is a stream and the caller takes one; otherwise when it is whole. */
function deliver(call: Answering, head: string, body: Body | null): void {
  const failed = (reason: unknown): void => failCall(call, reason)
  if (call.headOnly && body !== null && isStreamed(body)) {
    // Perhaps it never ends.
    readChunks(body, nothing, nothing, nothing)?.(undefined)
    send(call, "respond", head)
    return
  }
  if (call.streams && body !== null && isStreamed(body)) {
    requireUnused(body)
    call.early = true
    host("answer.respond", slice(head, 0, -1) + ',"streamed":true}')
    const ended = (): void => endOfStream(call)
    const remote = takeRemote(body)
    if (remote === undefined) sendStream(body, ended, failed)
    else remote.forward(ended, failed)
    return
  }
  const respond = (bytes: ArrayBuffer | undefined): void => {
    if (!call.answered && !call.early) send(call, "respond", head, bytes)
  }
  sendBytes(body, respond, failed)
}

/** Stops where the caller goes away. */
function sendStream(body: Body, ended: () => void, failed: (reason: unknown) => void): void {
  const signal = callSignal()
  const stop = sendChunks(body, "chunk", "", ended, failed)
  whenAborted(signal, () => stop(signal.reason))
}

/** Sends the answer: the last thing of the call, unless `waitUntil` was given something that is still open. */
function send(call: Answering, operation: "done" | "respond", text?: string, bytes?: ArrayBuffer): void {
  call.early = mustWait(() => end(call))
  if (call.early) host("answer." + operation, text, bytes)
  else conclude(call, operation, text, bytes)
}

function nothing(): void {
  // Nobody waits for a body that was cancelled.
}

/** The body of the answer is whole; the call ends unless `waitUntil` was given something that is still open. */
function endOfStream(call: Answering): void {
  if (call.answered) return
  if (mustWait(() => end(call))) host("chunk", openOperation(0) + ',"last":true}')
  else end(call)
}

/** Ends a call that has answered before. */
function end(call: Answering): void {
  if (!call.answered) conclude(call, "end")
}

/** Tells the end of a call. What it leaves open ends with it: at once where others come after it. */
function conclude(call: Answering, operation: string, text?: string, bytes?: ArrayBuffer): void {
  call.answered = true
  host(operation, text, bytes)
  if (call.keeps) endOperations()
}

function answerValue(call: Answering, result: unknown): void {
  if (result === undefined) {
    send(call, "done")
    return
  }
  const type = typeof result
  if (type === "function" || type === "symbol" || type === "bigint") {
    throw new TypeError("Cannot answer with " + kindOf(result) + ": the result must have a JSON form")
  }
  let text: string | undefined
  try {
    text = toJson(result)
  } catch (thrown) {
    throw explain(thrown)
  }
  send(call, "done", text)
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
