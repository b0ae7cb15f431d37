import type { GuestError } from "../errors/functions-error.ts"
import type { ErrorCode } from "../errors/table.ts"
import type { Environment, RuntimeId } from "../model/configuration.ts"
import type { EgressGrant, EgressUsage } from "../model/egress.ts"
import type { LogEntry } from "../model/invocation.ts"
import type { NewPoint } from "../model/metrics.ts"
import type { CallCapability } from "./capability.ts"
import type { SendRequest } from "./http-client.ts"

/** A module that versions share. */
export interface RuntimeLayer {
  /** Names this version of the layer for caches; begins with its organisation. */
  readonly key: string
  /** Code imports it as `layer:NAME`. */
  readonly name: string
  readonly version: number
  /** The bundle: one ES module. */
  readonly code: string
}

/** What a runtime needs to know of a version. */
export interface RuntimeVersion {
  /** Names this version for caches; begins with its organisation, so two organisations never share an entry. */
  readonly key: string
  readonly organisation: string
  readonly runtime: RuntimeId
  /** The bundle: one ES module. */
  readonly code: string
  /** What the bundle may import beside itself, in the order in which it is evaluated. @default none */
  readonly layers?: readonly RuntimeLayer[]
  /** The export that is the handler: `default`, or the name in the configuration's `handler`. */
  readonly exportName: string
  readonly kind: "http" | "event"
  /** Module code must run for every call, because it reads what differs between calls. */
  readonly evaluatesPerCall: boolean
  /**
   * Instances that a function's calls may leave as they are for its later calls, with whatever is in module scope; each has
   * one call at a time. Without it every call has a sandbox that nobody used before.
   */
  readonly maxInstances?: number
  readonly memoryMb: number
  readonly timeoutMs: number
  readonly cpuMs: number
}

/** What goes into a call: JSON text, or an HTTP request. */
export type RuntimeInput =
  | { readonly type: "json"; readonly text: string }
  | {
      readonly type: "request"
      readonly method: string
      readonly url: string
      readonly headers: readonly (readonly [string, string])[]
      readonly body: Uint8Array | null
      /** What the parameters of the route's path stood for, decoded. */
      readonly params?: Readonly<Record<string, string>>
    }

/** What comes out: JSON text (`undefined` where the handler answered nothing), or an HTTP response. */
export type RuntimeOutput =
  | { readonly type: "json"; readonly text: string | undefined }
  | {
      readonly type: "response"
      readonly status: number
      readonly statusText: string
      readonly headers: readonly (readonly [string, string])[]
      readonly body: Uint8Array
    }

/** What a caller is given while the call goes on: its output, or a response whose body is still being made. */
export type RuntimeAnswer =
  | RuntimeOutput
  | {
      readonly type: "stream"
      readonly status: number
      readonly statusText: string
      readonly headers: readonly (readonly [string, string])[]
      /** Errors where the call fails; cancelling it ends the call. */
      readonly body: ReadableStream<Uint8Array>
    }

/** The CPU time of an organisation, as one of its calls sees it. */
export interface CpuAccount {
  /** Why no more code may begin, where all the time has been used; calls that are under way go on. */
  refusal(): string | undefined
  /** The call has used this much more. */
  charge(cpuMs: number): void
}

/** One call to make. */
export interface RuntimeCall {
  readonly version: RuntimeVersion
  readonly invocationId: string
  readonly traceId: string
  /** Whose instances the call may have, where the version keeps any: only those of this function. */
  readonly functionId?: string
  /** What the function's code is told of its name. */
  readonly functionName?: string
  readonly environment: Environment
  /** What the function's `Date` shows until the call ends, in epoch milliseconds; for tests. @default the time that goes by */
  readonly clockAt?: number
  readonly input: RuntimeInput
  /** What the call may ask of the host; nothing where it is left out. */
  readonly callCapability?: CallCapability
  /** What the call may reach. @default public addresses */
  readonly egress?: EgressGrant
  /** Stands between the call and the network. @default nothing does */
  readonly sendRequest?: SendRequest
  /** Asked before the call's code begins, and told what it uses while it runs. */
  readonly cpuAccount?: CpuAccount
  /** Ends the call early; it then fails with `FN_002`. */
  readonly signal?: AbortSignal
  /** Takes an answer that comes before the call has ended; otherwise the answer is the outcome's output. */
  readonly onAnswer?: (answer: RuntimeAnswer) => void
  /** Whether `onAnswer` takes a stream; without it a streamed body is read to its end first. */
  readonly acceptsStream?: boolean
}

/** What became of a call. Stacks are those of the bundle, not yet source-mapped. */
export interface RuntimeResult {
  readonly outcome:
    | { readonly ok: true; readonly output: RuntimeOutput }
    | { readonly ok: false; readonly code: ErrorCode; readonly error: GuestError }
  readonly logs: readonly LogEntry[]
  /** What the call has measured itself. @default nothing */
  readonly values?: readonly Required<NewPoint>[]
  readonly cpuMs: number
  readonly memoryBytes: number
  /** The call built the version's snapshot or, where instances are kept, began in a new one. */
  readonly coldStart: boolean
  /** For how many milliseconds the call waited for a thread, where the runtime has threads. */
  readonly threadMs?: number
  /** How many milliseconds it took to load the version, where the call had to wait for that and the runtime measures it. */
  readonly loadMs?: number
  /** What the call used of the network, where the runtime counts it. */
  readonly egress?: EgressUsage
}

/** What loading a version's module told. */
export interface LoadedModule {
  /** Names of the module's exports. */
  readonly exports: readonly string[]
  /** Which shape the export has: a function, an object with `fetch`, or neither. */
  readonly handler: "function" | "fetch" | "missing"
  /** What module code read that differs between calls; empty where the module may be frozen. */
  readonly impurities: readonly ("clock" | "randomness" | "environment")[]
  /** Bytes that are kept of the module, so that no call evaluates it; left out where nothing is. */
  readonly snapshotBytes?: number
  /** What module code wrote, and the rejections that nobody handles. */
  readonly logs: readonly LogEntry[]
}

/** Something that runs versions. */
export interface Runtime {
  /** The runtime ids that it serves. */
  readonly serves: readonly RuntimeId[]
  /** Resolves when the first call can be made at once. */
  ready(): Promise<void>
  /**
   * Loads a version's module without calling its handler.
   * MUST throw a `FunctionsError` (`FN_005`, its `guest` the module's own error) where the module cannot be loaded.
   */
  load(version: RuntimeVersion): Promise<LoadedModule>
  /** Makes one call. MUST NOT reject for anything that the function does; rejects with a `FunctionsError` when nothing ran. */
  run(call: RuntimeCall): Promise<RuntimeResult>
  /** Drops what is cached for every version whose key begins with this. */
  forget(keyPrefix: string): void
  /** Ends the instances that a function keeps between calls, those that calls have with these. @default nothing is kept */
  retire?(functionId: string): void
  /** Waits for running calls, at most `graceMs`, then ends the rest. */
  close(graceMs: number): Promise<void>
}
