import type { Alert } from "../model/alert.ts"
import type { Digest } from "../model/digest.ts"
import type { HttpClient } from "./http-client.ts"

/** Why a channel is told of an alert: it began, goes on, or is over. */
export type NotificationReason = "firing" | "repeated" | "resolved"

/** What it is about: an alert, or a report on a day, a week or a month. */
export type NotificationSubject =
  | { readonly reason: NotificationReason; readonly alert: Alert; readonly digest: null }
  | { readonly reason: "digest"; readonly alert: null; readonly digest: Digest }

/** What a channel is told. */
export type AlertNotification = NotificationSubject & {
  /** The same at every try, so that whoever gets it twice can tell. */
  readonly id: string
  /** One line of plain text. */
  readonly title: string
  /** Further lines of plain text: of an alert, the rule, the function, what happened, when, and what it is to be looked up by. */
  readonly lines: readonly string[]
}

/** What a notifier works with. */
export interface NotifierContext {
  /** Reaches public addresses, and those that the host's rules open. */
  readonly http: HttpClient
  /** Ends the try. */
  readonly signal: AbortSignal
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** One way to tell people of alerts. */
export interface Notifier {
  /** Such as `slack`. */
  readonly type: string
  /**
   * Tells one notification, or passes it over where it is of no use there; resolves once the other side has taken it. It is called again for the same notification where it
   * rejected, unless with a `DeliveryError` that is `final`. What comes of alerts is text of whoever wrote the function: it
   * MUST NOT become markup, a mention, a header or an address. Errors MUST NOT name secrets.
   */
  notify(notification: AlertNotification, context: NotifierContext): Promise<void>
}
