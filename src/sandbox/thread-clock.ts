import { openSync, readSync } from "node:fs"

/** Reads the CPU time of the present thread, in milliseconds. */
export interface ThreadClock {
  /** Cheap enough for every call; on Node versions without a thread clock it is wall time. */
  now(): number
  /** True CPU time where the system tells it, however it costs a file read; else null. */
  exact(): number | null
}

/** The clock of the thread that calls this. */
export function createThreadClock(): ThreadClock {
  const threadCpuUsage = (process as { threadCpuUsage?: () => { user: number; system: number } }).threadCpuUsage
  if (threadCpuUsage) {
    const now = () => {
      const { user, system } = threadCpuUsage.call(process)
      return (user + system) / 1000
    }
    return { now, exact: now }
  }
  let file: number | undefined
  const buffer = Buffer.alloc(64)
  const exact = () => {
    try {
      file ??= openSync("/proc/thread-self/schedstat", "r")
      const length = readSync(file, buffer, 0, buffer.length, 0)
      // The first field: nanoseconds spent on a CPU.
      return Number.parseInt(buffer.toString("latin1", 0, length), 10) / 1e6
    } catch {
      return null
    }
  }
  return { now: () => performance.now(), exact }
}
