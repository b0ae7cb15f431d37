import { openSync, readSync } from "node:fs"

/** Tells the CPU time of the thread that asks, in milliseconds; null where the system does not tell it. */
export type ThreadClock = () => number | null

/**
 * The clock of the present thread. The system brings it up to date every few milliseconds only, so it is no measure of
 * a short stretch, and each look costs a system call.
 */
export function createThreadClock(): ThreadClock {
  const threadCpuUsage = (process as { threadCpuUsage?: () => { user: number; system: number } }).threadCpuUsage
  if (threadCpuUsage) {
    return () => {
      const { user, system } = threadCpuUsage.call(process)
      return (user + system) / 1000
    }
  }
  let file: number | undefined
  const buffer = Buffer.alloc(64)
  return () => {
    try {
      file ??= openSync("/proc/thread-self/schedstat", "r")
      const length = readSync(file, buffer, 0, buffer.length, 0)
      // The first field: nanoseconds spent on a CPU.
      return Number.parseInt(buffer.toString("latin1", 0, length), 10) / 1e6
    } catch {
      return null
    }
  }
}
