import { AbortController, AbortSignal } from "./abort.ts"
import { decodeBase64, encodeBase64 } from "./base64.ts"
import { console } from "./console.ts"
import { Crypto, crypto } from "./crypto.ts"
import { CustomEvent } from "./custom-event.ts"
import { Event } from "./event.ts"
import { EventTarget } from "./event-target.ts"
import { installFeatures } from "./feature.ts"
import { startFetch } from "./fetch.ts"
import { Headers } from "./headers.ts"
import { reportUncaught } from "./log.ts"
import { Navigator, navigator } from "./navigator.ts"
import { Performance, performance } from "./performance.ts"
import { process } from "./process.ts"
import { random } from "./random.ts"
import { Request } from "./request.ts"
import { Response } from "./response.ts"
import { sdk, sdkSymbol } from "./sdk.ts"
import { guardStackTraces } from "./stack-trace.ts"
import { cloneStructured } from "./structured-clone.ts"
import { TextDecoder } from "./text-decoder.ts"
import { TextEncoder } from "./text-encoder.ts"
import { cancelTimer, startTimer } from "./timers.ts"
import { URL } from "./url.ts"
import { URLSearchParams } from "./url-search-params.ts"
import { asInterface, defineGlobal, globalObject, requireArguments } from "./webidl.ts"

const classes = {
  AbortController,
  AbortSignal,
  Crypto,
  CustomEvent,
  Event,
  EventTarget,
  Headers,
  Navigator,
  Performance,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
}

const objects = { console, crypto, navigator, performance, process, self: globalObject }

// As methods, so that they have their names and are no constructors. The parameters are for their lengths.
const functions = {
  atob(_text: string): string {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the function's length.
    return decodeBase64(arguments)
  },
  btoa(_text: string): string {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the function's length.
    return encodeBase64(arguments)
  },
  clearInterval(id: unknown = 0): void {
    cancelTimer(id)
  },
  clearTimeout(id: unknown = 0): void {
    cancelTimer(id)
  },
  fetch(_input: unknown, _init: unknown = undefined): Promise<Response> {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the function's length.
    return startFetch(arguments)
  },
  queueMicrotask(callback: unknown): void {
    if (typeof callback !== "function") throw new TypeError("Cannot queue a microtask: the argument is not a function")
    queueJob(() => {
      try {
        callback()
      } catch (thrown) {
        reportUncaught(thrown)
      }
    })
  },
  reportError(_error: unknown): void {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the function's length.
    requireArguments(arguments, 1, "reportError")
    reportUncaught(_error)
  },
  setInterval(callback: unknown, ms: unknown = 0, ...values: unknown[]): number {
    return startTimer("setInterval", callback, ms, values, true)
  },
  setTimeout(callback: unknown, ms: unknown = 0, ...values: unknown[]): number {
    return startTimer("setTimeout", callback, ms, values, false)
  },
  structuredClone(_value: unknown, _options: unknown = undefined): unknown {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the function's length.
    return cloneStructured(arguments)
  },
}

const mathematics = {
  random(): number {
    return random()
  },
}

/** The engine has neither: it lacks `using`, which the build writes in older words that name these. */
const symbols = { dispose: Symbol("Symbol.dispose"), asyncDispose: Symbol("Symbol.asyncDispose") }

const queueJob = queueMicrotask

/** Puts the web's names on the global object. */
export function installGlobals(): void {
  for (const group of [classes, objects, functions]) {
    for (const [name, value] of Object.entries(group)) defineGlobal(name, value)
  }
  defineGlobal("random", mathematics.random, Math)
  for (const [name, value] of Object.entries(symbols)) Object.defineProperty(Symbol, name, { value })
  Object.defineProperty(globalObject, sdkSymbol, { value: sdk, enumerable: false })
  const target = EventTarget.prototype
  defineGlobal("addEventListener", target.addEventListener)
  defineGlobal("dispatchEvent", target.dispatchEvent)
  defineGlobal("removeEventListener", target.removeEventListener)
  // The engine's own DOMException differs from the standard in these.
  asInterface(DOMException, "DOMException")
  Object.defineProperty(DOMException, "length", { value: 0, configurable: true })
  installFeatures()
  guardStackTraces()
}
