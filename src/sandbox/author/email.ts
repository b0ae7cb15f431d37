import { ask } from "./sandbox.ts"

/** One message: written out, or made of one of the host's templates. */
export interface EmailMessage {
  readonly to: string | readonly string[]
  /** @default what the host configured */
  readonly from?: string
  readonly replyTo?: string
  /** Required without a template; replaces a template's own. `{{name}}` is filled in from `data`. */
  readonly subject?: string
  /** `{{name}}` is filled in from `data`. */
  readonly text?: string
  /** `{{name}}` is filled in from `data`, escaped. */
  readonly html?: string
  /** The name of one of the host's templates. */
  readonly template?: string
  /** What stands for the template's `{{name}}`. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** E-mail through the host's transport. */
export interface Email {
  send(message: EmailMessage): Promise<{ readonly id: string | null }>
}

/** E-mail through the host's transport. */
export const email: Email = { send: (message) => ask("email", "send", message) }

/** The same as `email.send`. */
export function sendEmail(message: EmailMessage): Promise<{ readonly id: string | null }> {
  return email.send(message)
}
