import PQueue from "p-queue"
import { type BundlerChild, startBundlerChild } from "./bundler-child.ts"
import {
  type BundleRequest,
  type BundleResult,
  type BundlerLimits,
  type BundlerSession,
  openBundlerSession,
} from "./bundler-session.ts"
import type { UploadFiles } from "./upload-collector.ts"

/** Options of a bundler. */
export interface BundlerOptions {
  readonly limits?: Partial<BundlerLimits>
  /**
   * How many uploads are bundled at once; others wait.
   * @default 3
   */
  readonly concurrency?: number
}

/** Turns uploads into bundles, each in a process of its own that is thrown away. */
export interface Bundler {
  /** Starts the process of the next session ahead; it is ended where none is opened for some seconds. */
  prepare(): void
  /** Starts a process for one upload: open it before the upload is read, and close it whatever happens. */
  session(): BundlerSession
  /** A session for one bundle. */
  bundle(files: UploadFiles, request: BundleRequest): Promise<BundleResult>
  /** Ends every session; builds that run fail. */
  close(): void
}

const defaults: BundlerLimits = {
  timeMs: 20_000,
  memoryMb: 1024,
  maxCodeBytes: 10 * 1024 * 1024,
  maxSourceMapBytes: 50 * 1024 * 1024,
}

/** How long a process waits for the session that it was started for. */
const spareMs = 10_000

/** Creates a bundler. It holds no process while no session is open, but for the one that `prepare` started. */
export function createBundler(options: BundlerOptions = {}): Bundler {
  const limits = { ...defaults, ...options.limits }
  const queue = new PQueue({ concurrency: options.concurrency ?? 3 })
  const open = new Set<BundlerSession>()
  let spare: SpareChild | undefined
  let closed = false

  function start(): BundlerChild {
    const child = spare?.take()
    spare = undefined
    return child ?? startBundlerChild(limits.memoryMb)
  }

  function session(): BundlerSession {
    if (closed) throw new Error("Cannot open a session: the bundler is closed")
    const opened = openBundlerSession(limits, queue, start, () => open.delete(opened))
    open.add(opened)
    return opened
  }

  return {
    prepare() {
      if (!closed) spare ??= startSpare(limits.memoryMb)
    },
    session,
    async bundle(files, request) {
      const once = session()
      try {
        return await once.bundle(files, request)
      } finally {
        once.close()
      }
    },
    close() {
      closed = true
      spare?.take()?.kill()
      for (const each of open) each.close()
    },
  }
}

/** A process that waits for its session. */
interface SpareChild {
  /** Gives the process, once; undefined where it was not needed for long, or could not be started. */
  take(): BundlerChild | undefined
}

function startSpare(memoryMb: number): SpareChild {
  let child: BundlerChild | undefined
  try {
    child = startBundlerChild(memoryMb)
  } catch {
    // Whoever opens a session will be told why.
    return { take: () => undefined }
  }
  const take = () => {
    const taken = child
    child = undefined
    clearTimeout(timer)
    return taken
  }
  const timer = setTimeout(() => take()?.kill(), spareMs).unref()
  void child.ended.then(take)
  return { take }
}
