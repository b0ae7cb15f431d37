import type { LoadedModule, RuntimeVersion } from "../../ports/runtime.ts"
import { machineNow } from "../../util/machine-clock.ts"
import type { SandboxCall } from "../call/sandbox-call.ts"
import type { CallLimits, CallOutcome, ToThread } from "../protocol.ts"

/** One stretch of work for a thread: to load a version, to start a call, or to go on with one that waited. */
export type PoolTask = LoadTask | StretchTask

/** Loads a version's module, to see whether it can be. */
export interface LoadTask {
  readonly type: "load"
  readonly id: number
  readonly version: RuntimeVersion
  /** Epoch milliseconds; it is set anew whenever a thread is given the task. */
  deadline: number
  readonly settle: (result: LoadedModule | CallOutcome) => void
}

/** Starts a call, or goes on with one. */
export interface StretchTask {
  readonly type: "stretch"
  readonly call: SandboxCall
  /** What to tell the guest; undefined starts the call. */
  readonly message:
    | { readonly kind: "settle" | "abort"; readonly head: string; readonly body: Uint8Array | undefined }
    | undefined
}

/** The version that a task is about. */
export function versionOf(task: PoolTask): RuntimeVersion {
  return task.type === "load" ? task.version : task.call.version
}

/** The bounds of a task's stretch. */
export function limitsOf(task: PoolTask): CallLimits {
  if (task.type === "load") return { cpuMs: task.version.cpuMs, deadline: task.deadline }
  const { cpuLeftMs: cpuMs, deadline, standsAt } = task.call
  return standsAt === undefined ? { cpuMs, deadline } : { cpuMs, deadline, standsAt }
}

/** A thread has not begun with a task, which waits again: its time does not run meanwhile. */
export function postpone(task: PoolTask): void {
  if (task.type === "stretch" && !task.message) task.call.postpone()
}

/** What the thread is told. The wall time of what it is to begin runs from now on. */
export function toThreadMessage(task: PoolTask, slot: number): ToThread {
  const { key } = versionOf(task)
  if (task.type === "load") {
    task.deadline = machineNow() + task.version.timeoutMs
    return { type: "load", id: task.id, slot, key, limits: limitsOf(task) }
  }
  const { call, message } = task
  const { keptAs } = call
  if (message)
    return { type: "settle", id: call.id, slot, key, limits: limitsOf(task), image: call.image, keptAs, ...message }
  const { head, body, environment } = call.input
  const limits = limitsOf(task)
  return { type: "start", id: call.id, slot, key, limits, head, body, environment, keptAs }
}
