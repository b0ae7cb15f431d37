/** A provider did not do what it was asked for. Its message and code name no token, and it has no cause that could. */
export class OAuthError extends Error {
  override readonly name = "OAuthError"
  /** As the provider or RFC 6749 names it, such as `invalid_grant`. */
  readonly code: string
  /** Whether asking again with the same grant is of no use. */
  readonly final: boolean

  constructor(code: string, message: string, { final = false }: { readonly final?: boolean } = {}) {
    super(message)
    this.code = code
    this.final = final
  }
}
