import { machineNow } from "../../util/machine-clock.ts"
import { limitsOf } from "./pool-task.ts"
import type { ThreadHandle } from "./thread-handle.ts"

/** How a thread stands at one moment. */
export type ThreadState = "free" | "held up" | "overdue"

/** A thread that runs one stretch for longer than this holds up whatever is queued behind it. */
const heldUpMs = 10
/** How long a stretch may be over its bounds without polling before its thread is ended. */
const graceMs = 100
/** A thread that the system had put aside gets so much longer to poll. */
const patienceMs = 100

/**
 * Looks at a thread from outside. The guest's own polls end what is over its bounds; native operations that never poll
 * leave only the thread itself to be ended.
 */
export function watchThread(thread: ThreadHandle, now: number): ThreadState {
  const running = thread.running(now)
  if (!running) return "free"
  const { task, elapsedMs, silentMs, busyMs, silentBusyMs } = running
  const { cpuMs, deadline } = limitsOf(task)
  const cancelled = task.type === "stretch" && task.call.cancelled
  if (busyMs > cpuMs + graceMs && silentBusyMs > graceMs) return "overdue"
  const hadItsTurn = silentBusyMs > graceMs / 2 || silentMs > graceMs + patienceMs
  if ((machineNow() > deadline + graceMs || cancelled) && silentMs > graceMs && hadItsTurn) return "overdue"
  return elapsedMs > heldUpMs ? "held up" : "free"
}
