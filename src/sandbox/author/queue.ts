import { ask } from "./sandbox.ts"

/** The host's queues. */
export interface Queue {
  /** Hands a message that has a JSON form to a queue of the host; `delay` is in seconds. */
  send(queue: string, message: unknown, options?: { readonly delay?: number }): Promise<{ readonly id: string | null }>
}

/** The host's queues. */
export const queue: Queue = {
  send: (name, message, options) => ask("queue", "send", { queue: name, message, delay: options?.delay }),
}
