import PQueue from "p-queue"
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

/** Creates a bundler. It holds no process while no session is open. */
export function createBundler(options: BundlerOptions = {}): Bundler {
  const limits = { ...defaults, ...options.limits }
  const queue = new PQueue({ concurrency: options.concurrency ?? 3 })
  const open = new Set<BundlerSession>()
  let closed = false

  function session(): BundlerSession {
    if (closed) throw new Error("Cannot open a session: the bundler is closed")
    const opened = openBundlerSession(limits, queue, () => open.delete(opened))
    open.add(opened)
    return opened
  }

  return {
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
      for (const each of open) each.close()
    },
  }
}
