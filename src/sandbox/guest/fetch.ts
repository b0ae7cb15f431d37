import { type AbortSignal, whenAborted } from "./abort.ts"
import { sendBytes } from "./body.ts"
import { defaultHeader, headerPairs } from "./headers.ts"
import { host } from "./host.ts"
import { forget, type Operation, register, type Settlement } from "./operations.ts"
import { refuseWhileLoading } from "./phase.ts"
import { quote } from "./primordials.ts"
import { Request, requestState, signalOf } from "./request.ts"
import { networkResponse, type Response } from "./response.ts"
import { requireArguments } from "./webidl.ts"
import { writePairs } from "./write-pairs.ts"

/** `fetch`: the host sends the request and reads the whole answer. */
export function startFetch(given: ArrayLike<unknown>): Promise<Response> {
  refuseWhileLoading("fetch")
  return new Promise((resolve, reject) => {
    requireArguments(given, 1, "fetch")
    const state = requestState(new Request(given[0], given[1]))
    const signal = signalOf(state)
    // Whatever may throw comes before the operation is registered.
    defaultHeader(state.headers, "accept", "*/*")
    const request =
      '"method":' + quote(state.method) + ',"url":' + quote(state.url) + ',"redirect":' + quote(state.settings.redirect)
    const headers = writePairs(headerPairs(state.headers))
    const fetching = new Fetching(resolve, reject, signal)
    if (!whenAborted(signal, () => fetching.abort())) {
      reject(signal.reason)
      return
    }
    const bytes = sendBytes(state.body)
    fetching.id = register(fetching)
    host("fetch", '{"id":' + fetching.id + "," + request + ',"headers":' + headers + "}", bytes)
  })
}

class Fetching implements Operation {
  id = 0
  readonly #resolve: (response: Response) => void
  readonly #reject: (reason: unknown) => void
  readonly #signal: AbortSignal
  #settled = false

  constructor(resolve: (response: Response) => void, reject: (reason: unknown) => void, signal: AbortSignal) {
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
  }

  settle(head: Settlement, body: ArrayBuffer | undefined): void {
    this.#settled = true
    if (!head.ok) {
      this.#reject(toError(head.error))
      return
    }
    const { status = 200, statusText = "", url = "", redirected = false } = head
    this.#resolve(networkResponse({ status, statusText, url, redirected }, head.headers ?? [], body))
  }

  abort(): void {
    if (this.#settled) return
    this.#settled = true
    forget(this.id)
    host("fetch.abort", '{"id":' + this.id + "}")
    this.#reject(this.#signal.reason)
  }
}

function toError(error: Settlement["error"]): Error {
  const message = error?.message ?? "the request failed"
  if (error?.name === "AbortError" || error?.name === "TimeoutError") return new DOMException(message, error.name)
  return new TypeError(message)
}
