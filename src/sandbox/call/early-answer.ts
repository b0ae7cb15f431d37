import type { RuntimeAnswer, RuntimeOutput } from "../../ports/runtime.ts"
import { chunkLimits } from "../output-limits.ts"

/** What an early answer asks of its call. */
export interface EarlyAnswerOptions {
  /** Takes the answer; undefined where the caller waits for the end. */
  readonly onAnswer: ((answer: RuntimeAnswer) => void) | undefined
  /** The reader went away. */
  readonly onAbandoned: () => void
}

/** An answer that goes out while its call goes on: whole, or as a stream whose chunks the reader pulls. */
export class EarlyAnswer {
  readonly #options: EarlyAnswerOptions
  #output: RuntimeOutput | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  /** Says of the chunk that waits that the reader wants more. */
  #untaken: (() => void) | undefined
  #bytes = 0

  constructor(options: EarlyAnswerOptions) {
    this.#options = options
  }

  /** What was answered; the body of a stream is not in it. */
  get output(): RuntimeOutput | undefined {
    return this.#output
  }

  /** Whether a reader is still to take a chunk, which will wake the call. */
  get pending(): boolean {
    return this.#untaken !== undefined
  }

  /** Hands the answer out; the first one counts. */
  give(output: RuntimeOutput, streamed: boolean): void {
    if (this.#output) return
    this.#output = output
    this.#options.onAnswer?.(streamed && output.type === "response" ? this.#open(output) : output)
  }

  /** Takes a chunk, and says when there is room for another; gives the reason where it may not be sent. */
  push(bytes: Uint8Array, taken: () => void): string | undefined {
    this.#bytes += bytes.byteLength
    if (this.#untaken !== undefined) return "a chunk was sent before there was room for it"
    if (bytes.byteLength > chunkLimits.maxBytes) return `a chunk is larger than ${chunkLimits.maxBytes} bytes`
    if (this.#bytes > chunkLimits.maxStreamBytes) return `the stream is longer than ${chunkLimits.maxStreamBytes} bytes`
    const controller = this.#controller
    // Nobody reads any more: the call is being ended.
    if (!controller) return undefined
    this.#untaken = taken
    if (bytes.byteLength > 0) controller.enqueue(bytes)
    if ((controller.desiredSize ?? 0) > 0) this.#taken()
    return undefined
  }

  /** The call has ended: closes the stream, or breaks it where the call failed. */
  close(failure: string | undefined): void {
    this.#untaken = undefined
    if (failure === undefined) this.#controller?.close()
    else this.#controller?.error(new Error(`The function's response broke off: ${failure}`))
    this.#controller = undefined
  }

  #open({ status, statusText, headers }: Extract<RuntimeOutput, { type: "response" }>): RuntimeAnswer {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#taken(),
        cancel: () => {
          this.#controller = undefined
          this.#options.onAbandoned()
        },
      },
      { highWaterMark: chunkLimits.maxBytes, size: (chunk) => chunk.byteLength },
    )
    return { type: "stream", status, statusText, headers, body }
  }

  #taken(): void {
    const taken = this.#untaken
    this.#untaken = undefined
    taken?.()
  }
}
