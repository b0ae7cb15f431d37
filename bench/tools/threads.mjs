import { readdirSync, readFileSync } from "node:fs"

const folder = "/proc/self/task"

/**
 * Microseconds of processor time that the main thread and all threads together have used, garbage collectors included.
 * Where the system does not count by thread, the main one's are those in which its event loop was busy.
 */
export function threadTimes() {
  try {
    const taken = readdirSync(folder).map((id) => [id, runMicroseconds(`${folder}/${id}`)])
    return {
      host: taken.find(([id]) => id === String(process.pid))?.[1] ?? 0,
      all: taken.reduce((sum, [, time]) => sum + time, 0),
    }
  } catch {
    const { user, system } = process.cpuUsage()
    return { host: performance.eventLoopUtilization().active * 1000, all: user + system }
  }
}

function runMicroseconds(path) {
  return Number(readFileSync(`${path}/schedstat`, "utf8").split(" ")[0]) / 1000
}
