import type { GuestError } from "../errors/functions-error.ts"
import type { ErrorCode } from "../errors/table.ts"
import type { LogEntry } from "../model/invocation.ts"
import type { NewPoint } from "../model/metrics.ts"
import type { LoadedModule, RuntimeOutput, RuntimeVersion } from "../ports/runtime.ts"
import type { PageRuns, Snapshot } from "./engine/snapshot.ts"

/** An operation that a guest waits for; the host performs it outside the sandbox's thread. */
export interface GuestOperation {
  readonly op: string
  /** JSON text of the guest; hostile. */
  readonly text: string
  readonly bytes: Uint8Array | undefined
}

/** Bounds of the next stretch of a call. */
export interface CallLimits {
  /** CPU time that is left. */
  readonly cpuMs: number
  /** Epoch milliseconds. */
  readonly deadline: number
  /** What the guest's `Date` shows, in epoch milliseconds. @default the machine's time */
  readonly standsAt?: number
}

/** A call that waits, as memory: its changed pages, and the version snapshot that they go over. */
export interface CallImage {
  readonly pages: PageRuns
  /** A version snapshot; where the module ran afresh for this call, its base with features, or undefined: the plain base. */
  readonly over: PageRuns | undefined
}

/** What the pool tells a sandbox thread; a post carries a list of these. */
export type ToThread =
  | { readonly type: "base"; readonly base: Snapshot }
  | { readonly type: "version"; readonly version: RuntimeVersion; readonly snapshot: PageRuns | undefined }
  | { readonly type: "forget"; readonly key: string }
  | {
      readonly type: "load"
      readonly id: number
      readonly slot: number
      readonly key: string
      readonly limits: CallLimits
    }
  | {
      readonly type: "start"
      readonly id: number
      readonly slot: number
      readonly key: string
      readonly head: string
      readonly body: string | Uint8Array | undefined
      readonly environment: string
      readonly keptAs: number | undefined
      readonly limits: CallLimits
    }
  | {
      readonly type: "settle"
      readonly id: number
      readonly slot: number
      readonly key: string
      readonly kind: "settle" | "abort"
      readonly head: string
      readonly body: Uint8Array | undefined
      readonly image: CallImage | undefined
      readonly keptAs: number | undefined
      readonly limits: CallLimits
    }
  | { readonly type: "discard"; readonly id: number }
  | { readonly type: "swapOut" }
  /** Ends an instance that was kept between calls. */
  | { readonly type: "retire"; readonly keptAs: number }

/** An instance that a thread keeps as a call left it. */
export interface KeptInstance {
  readonly name: number
  readonly bytes: number
}

/** What one stretch of a call cost and wrote. */
export interface StretchCost {
  readonly id: number
  readonly slot: number
  readonly logs: readonly LogEntry[]
  /** Left out where it has measured nothing. */
  readonly values?: readonly Required<NewPoint>[]
  readonly cpuMs: number
  readonly memoryBytes: number
  /** How long it took to load the version; undefined where it was there. */
  readonly loadMs: number | undefined
}

/** Why a call ended. */
export type CallOutcome =
  | { readonly ok: true; readonly output: RuntimeOutput }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly error: GuestError
      /** The call's input was not JSON: the caller's fault, not the function's. */
      readonly badInput?: boolean
    }

/** What a sandbox thread tells the pool. */
export type FromThread =
  | { readonly type: "ready"; readonly base: Snapshot }
  | { readonly type: "loaded"; readonly id: number; readonly slot: number; readonly module: LoadedModule }
  | { readonly type: "snapshot"; readonly key: string; readonly snapshot: PageRuns }
  | (StretchCost & {
      readonly type: "finished"
      readonly outcome: CallOutcome
      /** Where the instance is kept for later calls: its name, and how many bytes it holds. */
      readonly kept: KeptInstance | undefined
    })
  | (StretchCost & {
      readonly type: "waiting"
      readonly operations: readonly GuestOperation[]
      /** An allocation failed: where nothing can wake the call, that is why. */
      readonly memoryExhausted: boolean
    })
  /** The call has answered and goes on; where the answer is streamed, its body follows as operations. */
  | { readonly type: "answered"; readonly id: number; readonly output: RuntimeOutput; readonly streamed: boolean }
  | { readonly type: "swapped"; readonly id: number; readonly image: CallImage }
  | { readonly type: "missing"; readonly id: number; readonly slot: number }
  | { readonly type: "revoked"; readonly id: number; readonly slot: number }

/** The shared words of one thread: what it runs now, and the state of each of its slots. */
export const slotCount = 64
/** Index of the word with the running slot plus one; 0 where nothing runs. */
export const runningWord = 0
/** Index of the word that the interrupt handler counts up while guest code runs. */
export const heartbeatWord = 1
/** Index of the word with the start of the running stretch: milliseconds since the pool began. */
export const startedWord = 2
/** Index of the word that is 1 once code of the running slot has begun. */
export const begunWord = 3
/** Index of the word with the system's number of the thread; 0 where it is not known. */
export const systemIdWord = 4
/** Index of the word that is 1 where the thread is to wait awake for its next task. */
export const awakeWord = 5
/** Index of the count of what the pool has posted. */
export const poolPostedWord = 6
/** Index of the count of what the thread has posted. */
export const threadPostedWord = 7
/** Index of the first slot's state. */
export const firstSlotWord = 8

/** States of a slot. A queued task may be taken back; a running one may be told to end. */
export const slotState = { queued: 1, running: 2, revoked: 3, cancelled: 4 } as const

/** How many shared words a thread has. */
export const sharedWords: number = firstSlotWord + slotCount

/** Milliseconds from a stored start to now, both counted from the pool's beginning; the stored one wraps after 24 days. */
export function elapsedSince(started: number, now: number): number {
  return (Math.floor(now) - started) | 0
}
