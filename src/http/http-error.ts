import type { ErrorIssue } from "../errors/functions-error.ts"
import type { ErrorCode } from "../errors/table.ts"

/** What a refusal carries beside its status and message. */
export interface HttpErrorOptions {
  readonly code?: ErrorCode
  readonly headers?: Readonly<Record<string, string>>
  readonly issues?: readonly ErrorIssue[]
}

/** A request that is refused for what it is, before any function or record is concerned. Never leaves this folder. */
export class HttpError extends Error {
  override readonly name = "HttpError"
  readonly status: number
  readonly options: HttpErrorOptions

  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message)
    this.status = status
    this.options = options
  }
}
