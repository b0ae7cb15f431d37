import { type MessagePort, receiveMessageOnPort } from "node:worker_threads"

/** Where the counts of what both ends have posted stand in the words that they share. */
export interface MailboxCounts {
  readonly shared: Int32Array
  /** Index of this end's count. */
  readonly posted: number
  /** Index of the other end's count. */
  readonly coming: number
}

/**
 * One end of the line between the pool and a thread. Messages come by themselves; who expects one within the time that
 * waking up takes may look for it instead.
 */
export class Mailbox<In, Out> {
  readonly #port: MessagePort
  readonly #counts: MailboxCounts
  readonly #receive: (message: In) => void
  #received = 0

  constructor(port: MessagePort, counts: MailboxCounts, receive: (message: In) => void) {
    this.#port = port
    this.#counts = counts
    this.#receive = receive
    port.on("message", (message: In) => {
      this.#accept(message)
      // Others that have come meanwhile cost less here than an event each.
      this.take()
    })
  }

  /** Sends a message; what is handed over is gone on this side. */
  post(message: Out, handedOver: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, handedOver)
    Atomics.add(this.#counts.shared, this.#counts.posted, 1)
  }

  /** Receives what has come; answers whether there was anything. */
  take(): boolean {
    let found = false
    while (Atomics.load(this.#counts.shared, this.#counts.coming) !== this.#received) {
      const letter = receiveMessageOnPort(this.#port) as { readonly message: In } | undefined
      // An event has brought it before it was counted.
      if (!letter) break
      found = true
      this.#accept(letter.message)
    }
    return found
  }

  /** Receives what is left, counted or not: the other end is gone, perhaps between the one and the other. */
  drain(): void {
    for (;;) {
      const letter = receiveMessageOnPort(this.#port) as { readonly message: In } | undefined
      if (!letter) return
      this.#accept(letter.message)
    }
  }

  #accept(message: In): void {
    this.#received = (this.#received + 1) | 0
    this.#receive(message)
  }
}
