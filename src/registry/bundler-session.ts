import { type BuildEnd, toBundleError, toEndError } from "./bundle-error.ts"
import type { BundlerChild, BundlerEnd } from "./bundler-child.ts"
import type { BuildOrder, BuildOutcome, BuildTarget } from "./bundler-protocol.ts"
import { type Entry, findEntry } from "./entry.ts"
import { sendFiles } from "./send-files.ts"
import type { UploadFiles } from "./upload-collector.ts"

/** What a bundler may use for one upload. */
export interface BundlerLimits {
  /**
   * Milliseconds for one build.
   * @default 20000
   */
  readonly timeMs: number
  /**
   * Megabytes that the bundler's processes may keep resident together (checked on Linux).
   * @default 1024
   */
  readonly memoryMb: number
  /**
   * Bytes of a bundle.
   * @default 10485760
   */
  readonly maxCodeBytes: number
  /**
   * Bytes of a bundle's source map.
   * @default 52428800
   */
  readonly maxSourceMapBytes: number
}

/** What to bundle of an upload. */
export interface BundleRequest {
  /** The configuration's `handler`: `file.export`. */
  readonly handler?: string | undefined
  /** Modules beside the upload, such as `inlay/sdk`: names to code. */
  readonly modules: Readonly<Record<string, string>>
  /** Names of the function's layers, which stay imports of the bundle; left out for what can have none: a layer itself. */
  readonly layers?: readonly string[]
  /** Stands before the paths of the upload in the source map: `layer:dates/`. */
  readonly sourcePrefix?: string
}

/** What to bundle beside the function itself. */
export interface BundleCodeRequest {
  /** Code that stands at the upload's root. */
  readonly code: string
  /** The file that errors name where they name none. */
  readonly path: string
  readonly modules: Readonly<Record<string, string>>
}

/** One ES module with the exports of what it was made from. */
export interface CodeBundle {
  readonly code: string
  /** Version 3, as JSON text; its sources are paths of the upload. */
  readonly sourceMap: string
  readonly warnings: readonly string[]
}

/** A function's bundle. */
export interface BundleResult extends CodeBundle {
  readonly entry: Entry
}

/** A bundler process, for one upload. It starts when the session does, so open one before the upload is read. */
export interface BundlerSession {
  /** Bundles the function; `FN_005` where it cannot. */
  bundle(files: UploadFiles, request: BundleRequest): Promise<BundleResult>
  /** Bundles code that imports from the upload; `FN_005` where it cannot. */
  bundleCode(files: UploadFiles, request: BundleCodeRequest): Promise<CodeBundle>
  /** Gives the process back, where it did nothing but small builds to their end; otherwise kills it with all that it started. */
  close(): void
}

/** A process that was sent more is not used again: it has grown. */
const maxKeptBytes = 1024 * 1024

/** A process for a session. */
export interface StartedChild {
  readonly child: BundlerChild
  /** Whether it was started just now: one that was kept may have died since, and nobody has noticed. */
  readonly isNew: boolean
}

/** What a session needs of its bundler. */
export interface SessionOptions {
  readonly limits: BundlerLimits
  /** Calls back when there is a place for the session, which has it until what that gives has ended. */
  readonly onPlace: (work: () => Promise<void>) => void
  readonly start: (mustBeNew: boolean) => StartedChild
  /** The child is of use to another session. */
  readonly onClose: (child?: BundlerChild) => void
}

/** A build that came to an end. */
type BuildEnded = Exclude<BuildOutcome, { readonly type: "crashed" }>

/** Opens a session, whose process starts as soon as there is a place for it. */
export function openBundlerSession({ limits, onPlace, start, onClose }: SessionOptions): BundlerSession {
  const waiting = new Map<number, (outcome: BuildOutcome) => void>()
  let nextId = 1
  let sent: UploadFiles | undefined
  let sentBytes = 0
  let forced: BuildEnd | undefined
  let announce: () => void
  const begun = new Promise<void>((resolve) => {
    announce = resolve
  })
  let leave: (after?: Promise<unknown>) => void
  const left = new Promise<unknown>((resolve) => {
    leave = resolve
  })
  let running: StartedChild | undefined
  let startError: unknown
  onPlace(async () => {
    if (!forced) begin(false)
    announce()
    await left
  })

  function begin(mustBeNew: boolean): void {
    running = undefined
    sent = undefined
    try {
      running = start(mustBeNew)
      running.child.listen((reply) => waiting.get(reply.id)?.(reply.outcome))
    } catch (error) {
      forced = "unavailable"
      startError = error
    }
  }

  function end(reason: BuildEnd): void {
    forced ??= reason
    running?.child.kill()
  }

  /** What came of one build; how the process ended where it gave no answer. */
  async function ask(files: UploadFiles, order: Omit<BuildOrder, "id">): Promise<BuildEnded | BundlerEnd> {
    if (!running) return "exited"
    const { child } = running
    const id = nextId++
    try {
      const replied = new Promise<BuildOutcome>((resolve) => waiting.set(id, resolve))
      if (sent !== files) {
        await sendFiles(child, files)
        sentBytes += bytesOf(files)
        sent = files
      }
      await child.send({ type: "build", order: { id, ...order } })
      const outcome = await Promise.race([replied, child.ended])
      if (typeof outcome === "string" || outcome.type !== "crashed") return outcome
      child.kill()
      // The watch may have killed the process while its answer was on the way.
      return (await child.ended) === "memory" ? "memory" : "exited"
    } finally {
      waiting.delete(id)
    }
  }

  async function build(
    files: UploadFiles,
    target: BuildTarget,
    path: string,
    { modules, layers, sourcePrefix }: Omit<BundleRequest, "handler">,
  ): Promise<CodeBundle> {
    await begun
    if (!running || forced) throw toEndError(forced ?? "closed", path, limits, startError)
    const timer = setTimeout(end, limits.timeMs, "time")
    try {
      const { maxCodeBytes, maxSourceMapBytes } = limits
      const order = { target, modules, layers, sourcePrefix, maxCodeBytes, maxSourceMapBytes }
      let outcome = await ask(files, order)
      if (outcome === "exited" && !running.isNew && !forced) {
        begin(true)
        outcome = await ask(files, order)
      }
      if (typeof outcome === "string") {
        forced ??= outcome === "memory" ? "memory" : "crashed"
        throw toEndError(forced, path, limits, startError)
      }
      if (outcome.type === "refused")
        throw toBundleError(outcome.issues.map((issue) => ({ ...issue, path: issue.path || path })))
      return { code: outcome.code, sourceMap: outcome.sourceMap, warnings: outcome.warnings }
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async bundle(files, { handler, ...request }) {
      const entry = findEntry(files, handler)
      const bundled = await build(files, { path: entry.path }, entry.path, request)
      return { ...bundled, entry }
    },
    bundleCode: (files, { code, path, modules }) => build(files, { code }, path, { modules }),
    close() {
      if (!running || forced || waiting.size > 0 || sentBytes > maxKeptBytes) {
        end("closed")
        leave(running?.child.ended)
        onClose()
        return
      }
      forced = "closed"
      leave()
      onClose(running.child)
    },
  }
}

function bytesOf(files: UploadFiles): number {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0)
}
