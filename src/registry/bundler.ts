import { SharedPlaces } from "../util/shared-places.ts"
import { type BundlerChild, startBundlerChild } from "./bundler-child.ts"
import {
  type BundleRequest,
  type BundleResult,
  type BundlerLimits,
  type BundlerSession,
  openBundlerSession,
  type StartedChild,
} from "./bundler-session.ts"
import type { UploadFiles } from "./upload-collector.ts"

/** Options of a bundler. */
export interface BundlerOptions {
  readonly limits?: Partial<BundlerLimits>
  /**
   * How many uploads are bundled at once; others wait. Owners take turns, and one alone never has the last place.
   * @default 3
   */
  readonly concurrency?: number
}

/** Turns uploads into bundles, in processes that do one at a time, and that no two owners share. */
export interface Bundler {
  /** Starts the process of the next session ahead; it is ended where none is opened for some seconds. */
  prepare(): void
  /**
   * Starts a process for one upload, or takes the one that the same owner's last upload left: open it before the upload is
   * read, and close it whatever happens. Without an owner the process is thrown away.
   */
  session(owner?: string): BundlerSession
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

/** How long a process waits for a session. */
const spareMs = 10_000
/** Processes that wait for uploads of the owners that had them. */
const maxKept = 3
/** Uploads that one process bundles. */
const maxUses = 100

/** Creates a bundler. Some seconds after its last session it holds no process. */
export function createBundler(options: BundlerOptions = {}): Bundler {
  const limits = { ...defaults, ...options.limits }
  const concurrency = options.concurrency ?? 3
  const places = new SharedPlaces({ all: concurrency, ofOwner: Math.max(1, concurrency - 1) })
  const open = new Set<BundlerSession>()
  const kept = new Map<string, SpareChild>()
  const used = new WeakMap<BundlerChild, number>()
  let spare: SpareChild | undefined
  let closed = false

  function start(owner: string | undefined, mustBeNew: boolean): StartedChild {
    const old = mustBeNew ? undefined : (owner !== undefined && kept.get(owner)?.take()) || takeSpare()
    return old ? { child: old, isNew: false } : { child: startBundlerChild(limits.memoryMb), isNew: true }
  }

  function takeSpare(): BundlerChild | undefined {
    const child = spare?.take()
    spare = undefined
    return child
  }

  /** The owner's next upload finds it, if it comes soon. */
  function keep(owner: string, child: BundlerChild): void {
    const uses = (used.get(child) ?? 0) + 1
    if (closed || uses >= maxUses) {
      child.kill()
      return
    }
    used.set(child, uses)
    child.rest()
    kept.get(owner)?.take()?.kill()
    kept.delete(owner)
    for (const [oldest, its] of kept) {
      if (kept.size < maxKept) break
      its.take()?.kill()
      kept.delete(oldest)
    }
    const spared = spareOf(child, () => {
      if (kept.get(owner) === spared) kept.delete(owner)
    })
    kept.set(owner, spared)
  }

  function session(owner?: string): BundlerSession {
    if (closed) throw new Error("Cannot open a session: the bundler is closed")
    const opened = openBundlerSession({
      limits,
      onPlace: (work) => places.add(owner ?? "", work),
      start: (mustBeNew) => start(owner, mustBeNew),
      onClose(child) {
        open.delete(opened)
        if (child && owner !== undefined) keep(owner, child)
        else child?.kill()
      },
    })
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
      for (const each of kept.values()) each.take()?.kill()
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
  try {
    return spareOf(startBundlerChild(memoryMb), () => {})
  } catch {
    // Whoever opens a session will be told why.
    return { take: () => undefined }
  }
}

function spareOf(waiting: BundlerChild, onTaken: () => void): SpareChild {
  let child: BundlerChild | undefined = waiting
  const take = () => {
    const taken = child
    child = undefined
    clearTimeout(timer)
    onTaken()
    return taken
  }
  const timer = setTimeout(() => take()?.kill(), spareMs).unref()
  void waiting.ended.then(take)
  return { take }
}
