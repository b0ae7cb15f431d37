import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

type Collect = () => void

/** Other threads may take the flag back while this one makes its context: then it tries again. */
const maxTries = 20
const reminderBytes = 256 * 1024 * 1024

/**
 * Finds what frees all that this thread has let go of. V8 sees no reason to look for one dropped instance in a thread that
 * has little to do, and its whole memory would stay taken beside the next one's.
 *
 * V8 gives its collector to contexts that are made while a flag is set, and its flags are the process's: where the host has
 * set it, it stays, and otherwise it is set only for as long as one context takes.
 */
export function findCollector(): Collect {
  let collect = asCollector(Reflect.get(globalThis, "gc"))
  for (let tries = 0; !collect && tries < maxTries; tries++) collect = collectorOfNewContext() ?? collectorByFlag()
  return collect ?? remindCollector
}

function collectorByFlag(): Collect | undefined {
  if (!setFlag("--expose-gc")) return undefined
  try {
    return collectorOfNewContext()
  } finally {
    setFlag("--no-expose-gc")
  }
}

function collectorOfNewContext(): Collect | undefined {
  try {
    return asCollector(runInNewContext("globalThis.gc"))
  } catch {
    return undefined
  }
}

function setFlag(flag: string): boolean {
  try {
    setFlagsFromString(flag)
    return true
  } catch {
    return false
  }
}

function asCollector(found: unknown): Collect | undefined {
  return typeof found === "function" ? () => void found() : undefined
}

/** Never touched, so that it takes no memory, and garbage at once; but V8 counts it, and looks the sooner. */
function remindCollector(): void {
  new ArrayBuffer(reminderBytes)
}
