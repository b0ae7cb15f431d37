import { closeSync, openSync, readlinkSync, readSync } from "node:fs"

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
    let file: number | undefined
    try {
      file = openSync(`/proc/self/task/${systemId}/schedstat`, "r")
      return read(file)
    } catch {
      return null
    } finally {
      if (file !== undefined) closeSync(file)
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
  return () => {
    try {
      file ??= openSync("/proc/thread-self/schedstat", "r")
      return read(file)
    } catch {
      return null
    }
  }
}

const buffer = Buffer.alloc(64)

/** The first field: nanoseconds spent on a CPU. Read whole, a file without a size would cost 128 KB of buffers each time. */
function read(file: number): number {
  const length = readSync(file, buffer, 0, buffer.length, 0)
  return Number.parseInt(buffer.toString("latin1", 0, length), 10) / 1e6
}
