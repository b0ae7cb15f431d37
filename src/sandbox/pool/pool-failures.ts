import { FunctionsError } from "../../errors/functions-error.ts"
import { machineNow } from "../../util/machine-clock.ts"
import { engineLost, noSandbox, timedOut } from "../call/outcome.ts"
import type { StretchReport } from "../call/sandbox-call.ts"
import type { CallOutcome } from "../protocol.ts"
import { limitsOf, type PoolTask, versionOf } from "./pool-task.ts"

/** The outcome of a task whose thread had to be ended. */
export function ranOver(task: PoolTask): CallOutcome {
  const { cpuMs, timeoutMs } = versionOf(task)
  if (task.type === "stretch" && task.call.cancelled) return timedOut("The caller ended the call.")
  if (machineNow() > limitsOf(task).deadline) return timedOut(`The call took longer than ${timeoutMs} ms.`)
  return timedOut(`The call used more than ${cpuMs} ms of CPU time in one operation that cannot be interrupted.`)
}

/** Whether a task whose thread had to be ended was itself over its bounds, and not only cancelled by its caller. */
export function causedKill(task: PoolTask): boolean {
  return task.type === "load" || !task.call.cancelled || machineNow() > task.call.deadline
}

/** The version has cost too many threads of late. */
export function keptOut(refusedForMs: number): FunctionsError {
  const retryAfterSeconds = Math.ceil(refusedForMs / 1000)
  const why = "its calls had to be ended with their threads, again and again, by operations that cannot be interrupted"
  return new FunctionsError("FN_007", `Cannot run this version for another ${retryAfterSeconds} s: ${why}.`, {
    retryAfterSeconds,
  })
}

/** What is reported of a stretch whose thread had to be ended. */
export function lostStretch(cpuMs: number): StretchReport {
  return { logs: [], cpuMs, memoryBytes: 0, loadMs: undefined }
}

/** The outcome of a task whose thread ended by itself. */
export function crashed(error: Error): CallOutcome {
  const outOfMemory = (error as { code?: unknown }).code === "ERR_WORKER_OUT_OF_MEMORY"
  return outOfMemory ? noSandbox : engineLost
}

/** The sandbox has no thread, and will have none. */
export function unableToStart(cause: Error): FunctionsError {
  return new FunctionsError("FN_008", "Cannot run a function: the sandbox's threads do not start.", { cause })
}
