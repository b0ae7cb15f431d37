import { type ErrorCode, errorTable } from "./table.ts"

/** The error that a function itself raised, as its author wrote it. */
export interface GuestError {
  readonly name: string
  readonly message: string
  /** Source-mapped; frames of the function's own files only. */
  readonly stack: string
  /** The line that failed with those around it and a caret under the column, headed by `path:line:column`, where it is known. */
  readonly frame?: string
}

/** What an error carries beside its code and message. */
export interface FunctionsErrorOptions {
  readonly cause?: unknown
  /** Present where a function's own error is the reason. */
  readonly guest?: GuestError
  /** The invocation that failed, where one had begun; in a chain, the last one before a function that was refused. */
  readonly invocationId?: string
  /** After how many seconds it is worth trying again. */
  readonly retryAfterSeconds?: number
  /** One entry for each thing that is wrong, with its path, for `FN_005` and `FN_006`. */
  readonly issues?: readonly ErrorIssue[]
}

/** One thing that is wrong with an upload or a configuration. */
export interface ErrorIssue {
  /** A configuration's path (`triggers.0.path`), or a file of the upload. */
  readonly path: string
  readonly message: string
  /** Line, from 1. */
  readonly line?: number
  /** Column, from 1. */
  readonly column?: number
  /** The line with those around it and a caret under the column, headed by `path:line:column`. */
  readonly frame?: string
  /** What was most likely meant: the message names it too. */
  readonly suggestion?: string
}

/** The one error that Inlay throws on purpose: `code` tells what happened, `message` what to do about it. */
export class FunctionsError extends Error {
  override readonly name = "FunctionsError"
  readonly code: ErrorCode
  declare readonly guest?: GuestError
  declare readonly invocationId?: string
  declare readonly retryAfterSeconds?: number
  declare readonly issues?: readonly ErrorIssue[]

  constructor(code: ErrorCode, message: string, options: FunctionsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    if (options.guest) this.guest = options.guest
    if (options.invocationId) this.invocationId = options.invocationId
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds
    if (options.issues) this.issues = options.issues
  }

  /** The HTTP status that the code maps to. */
  get status(): number {
    return errorTable[this.code].status
  }
}
