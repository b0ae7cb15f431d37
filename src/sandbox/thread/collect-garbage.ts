import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

let collect: (() => void) | undefined

/**
 * Frees what this thread has let go of. V8 sees no reason to look for one dropped instance in a thread that has little to
 * do, and its whole memory would stay taken beside the next one's.
 */
export function collectGarbage(): void {
  collect ??= findCollector()
  collect()
}

/** V8 gives its collector to contexts that are made while a flag is set, which is taken back at once. */
function findCollector(): () => void {
  try {
    setFlagsFromString("--expose-gc")
    return runInNewContext("gc") as () => void
  } catch {
    return remindCollector
  } finally {
    setFlagsFromString("--no-expose-gc")
  }
}

const reminderBytes = 256 * 1024 * 1024

/** Never touched, so that it takes no memory, and garbage at once; but V8 counts it, and looks the sooner. */
function remindCollector(): void {
  new ArrayBuffer(reminderBytes)
}
