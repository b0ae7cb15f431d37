/**
 * A failure that a capability tells the function's author: its message and code reach the function. Whatever else a
 * capability throws stays with the host.
 */
export class CapabilityError extends Error {
  override readonly name = "CapabilityError"
  /** Upper case with underscores, such as `NOT_FOUND`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
