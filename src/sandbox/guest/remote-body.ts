import { host } from "./host.ts"
import { beginning, begunAt, forget, openOperation, register, type Settlement } from "./operations.ts"

type Failed = (reason: unknown) => void

/** Bytes that are asked for chunk by chunk, one at a time. */
export interface ByteSource {
  /** Gives the next chunk, which nobody else holds, and whether it is the last; no chunk where there was none left. */
  pull(take: (chunk: ArrayBuffer | undefined, last: boolean) => void, failed: Failed): void
  /** The rest is not wanted. */
  cancel?(): void
  /** Calls back where the rest is lost while nobody asks for it. */
  watch?(lost: Failed): void
}

let isOne: (value: object) => boolean

/** The body of an answer that the host holds: it reads from the network what is asked for. */
export class RemoteBody implements ByteSource {
  /** The id of the request. */
  readonly #id: number
  /** What waits for the host. */
  #reading: { readonly operation: number; readonly failed: Failed } | undefined
  #broken: { readonly reason: unknown } | undefined
  #ended = false
  #lost: Failed | undefined

  static {
    isOne = (value) => #id in value
  }

  constructor(id: number) {
    this.#id = id
  }

  pull(take: (chunk: ArrayBuffer | undefined, last: boolean) => void, failed: Failed): void {
    const read = (head: Settlement, bytes: ArrayBuffer | undefined): void => {
      const last = head.last === true
      if (last) this.#ended = true
      take(bytes, last)
    }
    this.#ask("fetch.read", "", read, failed)
  }

  /** Reads all that is left; one of both is called. */
  collect(take: (bytes: ArrayBuffer) => void, failed: Failed): void {
    const read = (_head: Settlement, bytes: ArrayBuffer | undefined): void => {
      this.#ended = true
      take(bytes as ArrayBuffer)
    }
    this.#ask("fetch.read", ',"whole":true', read, failed)
  }

  /** Has the host send all that is left as the body of the call's own answer. */
  forward(ended: () => void, failed: Failed): void {
    const read = (): void => {
      this.#ended = true
      ended()
    }
    this.#ask("fetch.pipe", "", read, failed)
  }

  cancel(): void {
    if (!this.#ended && this.#broken === undefined) this.#stop()
  }

  /** Whoever reads on, or waits for a chunk, learns this reason; the connection is closed. */
  breakOff(reason: unknown): void {
    if (this.#ended || this.#broken !== undefined) return
    this.#broken = { reason }
    const reading = this.#reading
    this.#stop()
    reading?.failed(reason)
    this.#lost?.(reason)
  }

  watch(lost: Failed): void {
    this.#lost = lost
  }

  #ask(
    operation: string,
    how: string,
    read: (head: Settlement, bytes: ArrayBuffer | undefined) => void,
    failed: Failed,
  ): void {
    if (this.#broken !== undefined) {
      failed(this.#broken.reason)
      return
    }
    const stack = beginning()
    const settle = (head: Settlement, bytes: ArrayBuffer | undefined): void => {
      this.#reading = undefined
      if (head.ok) read(head, bytes)
      else {
        const reason = begunAt(networkError(head.error), stack)
        this.#broken = { reason }
        failed(reason)
      }
    }
    const id = register({ settle, abandon: (head) => settle(head, undefined) })
    this.#reading = { operation: id, failed }
    host(operation, openOperation(id) + ',"body":' + this.#id + how + "}")
  }

  #stop(): void {
    if (this.#reading !== undefined) forget(this.#reading.operation)
    this.#reading = undefined
    this.#ended = true
    host("fetch.abort", openOperation(this.#id) + "}")
  }
}

/** Whether content is held by the host. */
export function isRemote(content: unknown): content is RemoteBody {
  return typeof content === "object" && content !== null && isOne(content)
}

/** What the host says of a request that failed, as the error that an author gets. */
export function networkError(error: Settlement["error"]): Error {
  const message = error?.message ?? "the request failed"
  if (error?.name === "AbortError" || error?.name === "TimeoutError") return new DOMException(message, error.name)
  return new TypeError(message)
}
