import { FunctionsError } from "../../errors/functions-error.ts"
import type { JoinedQueue, Queue } from "../../ports/queue.ts"

/** The queue within a transaction of the host's; `FN_006` where there is no way into it. */
export function joinQueue(queue: Queue, transaction: unknown): JoinedQueue {
  if (queue.join) return queue.join(transaction)
  const message = "the queue is in no database that the host has a transaction of: sqlite(database) and postgres() are"
  throw new FunctionsError("FN_006", `Cannot take part in the transaction: ${message}.`, {
    issues: [{ path: "transaction", message }],
  })
}
