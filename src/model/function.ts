import type { Environment, VersionConfiguration } from "./configuration.ts"
import type { LogEntry } from "./invocation.ts"
import type { Trigger } from "./trigger-declaration.ts"

/** A function of the registry. `id` is unique over all organisations, `name` within one. Times are epoch milliseconds. */
export interface FunctionRecord {
  readonly id: string
  readonly organisation: string
  readonly name: string
  readonly description: string | null
  /** The number of the active version; null for a function that was created without code. */
  readonly activeVersion: number | null
  readonly environment: Environment
  readonly triggers: readonly Trigger[]
  readonly createdAt: number
  readonly updatedAt: number
}

/** One immutable version, without its bundle. */
export interface VersionRecord {
  readonly functionId: string
  readonly organisation: string
  readonly number: number
  readonly contentHash: string
  readonly configuration: VersionConfiguration
  /** Which shape of call the handler takes. */
  readonly kind: "http" | "event"
  /** Whether module code read the clock, randomness or the environment, so that it runs afresh for each call. */
  readonly evaluatesPerCall: boolean
  readonly bundleBytes: number
  readonly createdAt: number
}

/** The script of a version, addressed by its own hash. */
export interface Bundle {
  readonly hash: string
  readonly code: string
  /** Source map (version 3) as JSON text. */
  readonly sourceMap: string
}

/** Why a version began to receive calls. */
export type ActivationReason = "deploy" | "rollback" | "promote"

/** One entry of a function's history. */
export interface ActivationRecord {
  readonly id: string
  readonly functionId: string
  readonly organisation: string
  readonly version: number
  readonly reason: ActivationReason
  readonly actor: string
  readonly at: number
}

/** A name for a version. */
export interface AliasRecord {
  readonly functionId: string
  readonly organisation: string
  readonly alias: string
  readonly version: number
  readonly updatedAt: number
}

/** What `deploy` answers. */
export interface Deployment {
  readonly functionId: string
  readonly name: string
  readonly version: number
  readonly contentHash: string
  /** When this version was first deployed, epoch milliseconds. */
  readonly createdAt: number
  /** What the author should know although the deployment succeeded. */
  readonly warnings: readonly string[]
  /** What module code wrote when it was loaded on trial; empty where a version is only activated. */
  readonly logs: readonly LogEntry[]
}
