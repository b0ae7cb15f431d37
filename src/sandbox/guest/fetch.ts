import { type AbortSignal, whenAborted } from "./abort.ts"
import { type Body, sendBytes } from "./body.ts"
import { defaultHeader, headerPairs } from "./headers.ts"
import { host } from "./host.ts"
import { beginning, begunAt, forget, type Operation, openOperation, register, type Settlement } from "./operations.ts"
import { refuseWhileLoading } from "./phase.ts"
import { parse, quote, split, startsWith } from "./primordials.ts"
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
    if (startsWith(state.url, "data:")) {
      fetching.settleData(state.url)
      return
    }
    fetching.send(request + ',"headers":' + headers, state.body)
  })
}

class Fetching implements Operation {
  /** 0 while the body is read: the host knows nothing of the request. */
  #id = 0
  #stop: ((reason: unknown) => void) | undefined
  readonly #resolve: (response: Response) => void
  readonly #reject: (reason: unknown) => void
  readonly #signal: AbortSignal
  #settled = false
  readonly #stack = beginning()

  constructor(resolve: (response: Response) => void, reject: (reason: unknown) => void, signal: AbortSignal) {
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
  }

  send(request: string, body: Body | null): void {
    const begin = (bytes: ArrayBuffer | undefined): void => {
      if (this.#settled) return
      this.#id = register(this)
      host("fetch", openOperation(this.#id) + "," + request + "}", bytes)
    }
    this.#stop = sendBytes(body, begin, (cause) => {
      this.#settled = true
      this.#reject(new TypeError("Cannot send the request: the stream of its body failed", { cause }))
    })
  }

  settle(head: Settlement, body: ArrayBuffer | undefined): void {
    this.#settled = true
    if (!head.ok) {
      this.#reject(begunAt(toError(head.error), this.#stack))
      return
    }
    const { status = 200, statusText = "", url = "", redirected = false } = head
    this.#resolve(networkResponse({ status, statusText, url, redirected }, head.headers ?? [], body))
  }

  abandon(head: Settlement): void {
    this.settle(head, undefined)
  }

  /** What a `data:` URL holds needs no network. */
  settleData(url: string): void {
    const text = quote(url)
    const type = host("data.type", text)
    const bytes = host("data.bytes", text)
    this.#settled = true
    if (type === undefined || bytes === undefined) {
      this.#reject(new TypeError("Cannot fetch the data: URL: it holds no content, or no valid base64"))
      return
    }
    const fields = { status: 200, statusText: "OK", url: split(url, "#")[0] as string, redirected: false }
    this.#resolve(networkResponse(fields, [["content-type", parse(type as string) as string]], bytes as ArrayBuffer))
  }

  abort(): void {
    if (this.#settled) return
    this.#settled = true
    const { reason } = this.#signal
    if (this.#id === 0) this.#stop?.(reason)
    else {
      forget(this.#id)
      host("fetch.abort", openOperation(this.#id) + "}")
    }
    this.#reject(reason)
  }
}

function toError(error: Settlement["error"]): Error {
  const message = error?.message ?? "the request failed"
  if (error?.name === "AbortError" || error?.name === "TimeoutError") return new DOMException(message, error.name)
  return new TypeError(message)
}
