import { openSync, readFileSync, readlinkSync, readSync } from "node:fs"

/** Tells the CPU time of a thread, in milliseconds; null where the system does not tell it. */
export type ThreadClock = () => number | null

/** The system's number of the present thread; 0 where it does not tell. */
export function systemThreadId(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1)) || 0
  } catch {
    return 0
  }
}

/** The clock of another thread of this process, by the system's number. */
export function clockOfThread(systemId: number): ThreadClock {
  return () => {
    try {
      return toMilliseconds(readFileSync(`/proc/self/task/${systemId}/schedstat`, "latin1"))
    } catch {
      return null
    }
  }
}

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
      return toMilliseconds(buffer.toString("latin1", 0, length))
    } catch {
      return null
    }
  }
}

/** The first field: nanoseconds spent on a CPU. */
function toMilliseconds(statistics: string): number {
  return Number.parseInt(statistics, 10) / 1e6
}
