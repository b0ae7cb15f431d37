import type PQueue from "p-queue"
import { type BuildEnd, toBundleError, toEndError } from "./bundle-error.ts"
import type { BundlerChild } from "./bundler-child.ts"
import type { BuildOutcome, BuildTarget } from "./bundler-protocol.ts"
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

/** A bundler process for one upload. It starts when the session does, so open one before the upload is read. */
export interface BundlerSession {
  /** Bundles the function; `FN_005` where it cannot. */
  bundle(files: UploadFiles, request: BundleRequest): Promise<BundleResult>
  /** Bundles code that imports from the upload; `FN_005` where it cannot. */
  bundleCode(files: UploadFiles, request: BundleCodeRequest): Promise<CodeBundle>
  /** Kills the process with all that it started. */
  close(): void
}

/** Opens a session, whose process starts as soon as the queue has a place for it. */
export function openBundlerSession(
  limits: BundlerLimits,
  queue: PQueue,
  start: () => BundlerChild,
  onClose: () => void,
): BundlerSession {
  const waiting = new Map<number, (outcome: BuildOutcome) => void>()
  let nextId = 1
  let sent: UploadFiles | undefined
  let forced: BuildEnd | undefined
  let announce: (child: BundlerChild | undefined) => void
  const started = new Promise<BundlerChild | undefined>((resolve) => {
    announce = resolve
  })
  let running: BundlerChild | undefined
  let startError: unknown
  void queue.add(async () => {
    try {
      if (!forced) running = start()
      running?.listen((reply) => waiting.get(reply.id)?.(reply.outcome))
    } catch (error) {
      forced = "unavailable"
      startError = error
    }
    announce(running)
    await running?.ended
  })

  function end(reason: BuildEnd): void {
    forced ??= reason
    running?.kill()
  }

  async function build(
    files: UploadFiles,
    target: BuildTarget,
    path: string,
    { modules, layers }: Pick<BundleRequest, "modules" | "layers">,
  ): Promise<CodeBundle> {
    const child = await started
    if (!child || forced) throw toEndError(forced ?? "closed", path, limits, startError)
    const id = nextId++
    const timer = setTimeout(end, limits.timeMs, "time")
    try {
      const replied = new Promise<BuildOutcome>((resolve) => waiting.set(id, resolve))
      if (sent !== files) await sendFiles(child, files)
      sent = files
      const { maxCodeBytes, maxSourceMapBytes } = limits
      await child.send({ type: "build", order: { id, target, modules, layers, maxCodeBytes, maxSourceMapBytes } })
      const outcome = await Promise.race([replied, child.ended])
      if (typeof outcome === "string")
        throw toEndError(forced ?? (outcome === "memory" ? "memory" : "crashed"), path, limits)
      if (outcome.type === "crashed") {
        end("crashed")
        // The watch may have killed the process while its answer was on the way.
        throw toEndError((await child.ended) === "memory" ? "memory" : "crashed", path, limits)
      }
      if (outcome.type === "refused")
        throw toBundleError(outcome.issues.map((issue) => ({ ...issue, path: issue.path || path })))
      return { code: outcome.code, sourceMap: outcome.sourceMap, warnings: outcome.warnings }
    } finally {
      clearTimeout(timer)
      waiting.delete(id)
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
      end("closed")
      onClose()
    },
  }
}
