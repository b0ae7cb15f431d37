import { type AbortSignal, whenAborted } from "./abort.ts"
import { type Body, createBody, isStreamed, sendBytes } from "./body.ts"
import { defaultHeader, headerPairs } from "./headers.ts"
import { host } from "./host.ts"
import { beginning, begunAt, forget, type Operation, openOperation, register, type Settlement } from "./operations.ts"
import { refuseWhileLoading } from "./phase.ts"
import { parse, quote, split, startsWith } from "./primordials.ts"
import { networkError, RemoteBody } from "./remote-body.ts"
import { Request, requestState, signalOf } from "./request.ts"
import { networkResponse, type Response } from "./response.ts"
import { sendChunks } from "./send-chunks.ts"
import { requireArguments } from "./webidl.ts"
import { writePairs } from "./write-pairs.ts"

/** `fetch`: the host sends the request, and reads of the answer what is asked for. */
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
    const fetching = new Fetching(resolve, reject, signal, state.method === "HEAD")
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
  #id = 0
  /** Cancels the stream that is the request's body. */
  #stop: ((reason: unknown) => void) | undefined
  readonly #resolve: (response: Response) => void
  readonly #reject: (reason: unknown) => void
  readonly #signal: AbortSignal
  readonly #isHead: boolean
  #settled = false
  readonly #stack = beginning()
  /** The answer's body, where the host has not given it whole. */
  #remote: RemoteBody | undefined

  constructor(
    resolve: (response: Response) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal,
    isHead: boolean,
  ) {
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
    this.#isHead = isHead
  }

  send(request: string, body: Body | null): void {
    const id = register(this)
    this.#id = id
    const start = openOperation(id) + "," + request
    if (body === null || !isStreamed(body)) {
      sendBytes(body, (bytes) => host("fetch", start + "}", bytes), this.#reject)
      return
    }
    host("fetch", start + ',"streamed":true}')
    const end = (): void => void host("fetch.send", openOperation(0) + ',"to":' + id + ',"last":true}')
    this.#stop = sendChunks(body, "fetch.send", ',"to":' + id, end, (cause) =>
      this.#fail(new TypeError("Cannot send the request: the stream of its body failed", { cause })),
    )
  }

  settle(head: Settlement, body: ArrayBuffer | undefined): void {
    this.#settled = true
    if (!head.ok) {
      const error = begunAt(networkError(head.error), this.#stack)
      this.#stop?.(error)
      this.#reject(error)
      return
    }
    const { status = 200, statusText = "", url = "", redirected = false } = head
    if (head.streamed === true) this.#remote = new RemoteBody(this.#id)
    const content = this.#remote ?? body
    const own = content === undefined || this.#isHead ? null : createBody(content)
    this.#resolve(networkResponse({ status, statusText, url, redirected }, head.headers ?? [], own))
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
    const headers: [string, string][] = [["content-type", parse(type as string) as string]]
    this.#resolve(networkResponse(fields, headers, this.#isHead ? null : createBody(bytes as ArrayBuffer)))
  }

  abort(): void {
    this.#fail(this.#signal.reason)
  }

  /** Ends the request, or the reading of its answer. */
  #fail(reason: unknown): void {
    this.#stop?.(reason)
    // A request may be answered before it was sent to its end.
    if (!this.#settled || this.#stop !== undefined) host("fetch.abort", openOperation(this.#id) + "}")
    if (this.#settled) {
      this.#remote?.breakOff(reason)
      return
    }
    this.#settled = true
    forget(this.#id)
    this.#reject(reason)
  }
}
