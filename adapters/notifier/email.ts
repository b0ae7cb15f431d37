/**
 * Tells people of alerts by e-mail, over SMTP. Needs the package `nodemailer`.
 *
 * ```ts
 * import { emailNotifier } from "inlay/notifier/email"
 *
 * emailNotifier({ smtp: "smtps://user:password@mail.example.com", from: "alerts@example.com", to: ["ops@example.com"] })
 * ```
 *
 * @module
 */
import { createRequire } from "node:module"
import type { ConnectionOptions } from "node:tls"
import type { Transporter } from "nodemailer"
import { DeliveryError } from "../../src/errors/delivery-error.ts"
import type { Notifier } from "../../src/ports/notifier.ts"
import { checkOptions, type Known } from "./check-options.ts"

/** Who writes to whom, and by which server. */
export interface EmailNotifierOptions {
  /** `smtp://` or `smtps://`, with user and password where the server wants them. */
  readonly smtp: string
  readonly from: string
  readonly to: readonly string[]
  /** Settings of TLS, as Node's `tls.connect` takes them. */
  readonly tls?: ConnectionOptions
}

const known: Known<EmailNotifierOptions> = { smtp: true, from: true, to: true, tls: true }

const connectMs = 10_000
/** So many notifications are remembered that some have received and others have not. */
const maxOwed = 1000

/**
 * One message for each notification, in plain text; every try has the same `Message-ID`, by which many servers know it again. Where the
 * server takes it for some of the recipients, the next try is for the others.
 */
export function emailNotifier(options: EmailNotifierOptions): Notifier {
  checkOptions("e-mail", options, known)
  const { smtp, from, to, tls } = options
  if (!URL.canParse(smtp) || !["smtp:", "smtps:"].includes(new URL(smtp).protocol)) {
    throw new TypeError("Cannot use smtp as an address: it must be one of smtp or smtps.")
  }
  if (!isText(from)) throw new TypeError("Cannot send alerts by e-mail: `from` must be an address.")
  if (!Array.isArray(to) || !to.every(isText)) {
    throw new TypeError("Cannot send alerts by e-mail: `to` must be a list of addresses.")
  }
  if (to.length === 0) throw new TypeError("Cannot send alerts by e-mail: `to` names nobody.")
  checkInstalled()
  /** To whom notifications are still to be sent that others have received, by id. */
  const owed = new Map<string, readonly string[]>()
  let transport: Promise<Transporter> | undefined

  /** Loaded for the first alert: hosts without any do not wait for it. */
  async function open(): Promise<Transporter> {
    const { createTransport } = await import("nodemailer")
    return createTransport({
      url: smtp,
      ...(tls && { tls }),
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: connectMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    } as Parameters<typeof createTransport>[0])
  }

  return {
    type: "email",
    async notify({ id, title, lines }, { signal }) {
      transport ??= open()
      const rest = owed.get(id)
      const message = {
        from,
        to: [...to],
        subject: title,
        text: `${lines.join("\n")}\n`,
        messageId: `<${id}@inlay>`,
        headers: { "auto-submitted": "auto-generated" },
        ...(rest && { envelope: { from, to: [...rest] } }),
      }
      const sent: Sent = await within(signal, (await transport).sendMail(message)).catch((error) => {
        throw toDeliveryError(error)
      })
      owed.delete(id)
      const { rejected = [], rejectedErrors = [] } = sent
      if (rejected.length === 0) return
      const [oldest] = owed.keys()
      if (oldest !== undefined && owed.size >= maxOwed) owed.delete(oldest)
      owed.set(id, rejected)
      const codes = rejectedErrors.map(({ responseCode = 0 }) => responseCode)
      const shown = `the mail server did not take it for ${rejected.length} of ${to.length} recipients`
      throw new DeliveryError(`${shown} (${[...new Set(codes)].join(", ")}).`, {
        final: codes.length > 0 && codes.every((code) => code >= 500),
      })
    },
  }
}

/** What the library says of a message that was taken for somebody. */
interface Sent {
  readonly rejected?: readonly string[] | undefined
  readonly rejectedErrors?: readonly { readonly responseCode?: number | undefined }[] | undefined
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== ""
}

/** Says so when the host starts, rather than at the first alert. */
function checkInstalled(): void {
  try {
    createRequire(import.meta.url).resolve("nodemailer")
  } catch (cause) {
    const advice = 'the package "nodemailer" is not installed; run "npm install nodemailer"'
    throw new Error(`Cannot send alerts by e-mail: ${advice}.`, { cause })
  }
}

/** The library's sending cannot be ended, but need not be waited for. */
function within<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason)
    if (signal.aborted) give()
    signal.addEventListener("abort", give, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", give))
  })
}

function toDeliveryError(error: unknown): unknown {
  const { code, responseCode } = error as { readonly code?: string; readonly responseCode?: number }
  if (responseCode !== undefined) {
    return new DeliveryError(`the mail server answered ${responseCode}.`, { final: responseCode >= 500 })
  }
  return code === undefined ? error : new DeliveryError(`the mail server cannot be reached (${code}).`)
}
