/** A channel did not take a notification. Its message names neither secrets nor addresses that are some. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError"
  /** Whether trying again is of no use. */
  readonly final: boolean
  /** How long the other side asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    { final = false, retryAfterMs }: { readonly final?: boolean; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message)
    this.final = final
    this.retryAfterMs = retryAfterMs
  }
}
