import type { Alert } from "../model/alert.ts"
import { type AlertSeverity, alertSeverities } from "../model/severity.ts"
import type { Notifier } from "../ports/notifier.ts"
import { isRecord } from "../util/is-record.ts"
import { isNamed } from "./name-pattern.ts"
import { endOfQuiet, type QuietHours, whyNoQuietHours } from "./quiet-hours.ts"

/** A notifier with what it is told of. */
export interface Channel {
  readonly notifier: Notifier
  /** Alerts below are not told here. @default "low" */
  readonly minSeverity?: AlertSeverity
  /** The functions that it hears of: names, and patterns such as `transform-*`. @default all of them, and what is about none */
  readonly functions?: readonly string[]
  /** The organisations that it hears of. @default all of them */
  readonly organisations?: readonly string[]
  /** It hears of alerts whose rules have all of these. @default any */
  readonly labels?: Readonly<Record<string, string>>
  /** Whether it hears of the end of alerts too. @default true */
  readonly resolved?: boolean
  /** When it is told later, once they are over. */
  readonly quietHours?: QuietHours
}

/** Channels by name; one without further wishes is its notifier alone. */
export type Channels = Readonly<Record<string, Channel | Notifier>>

/** The channels with their names; `TypeError` where one cannot be used. */
export function toChannels(given: Channels): ReadonlyMap<string, Channel> {
  const channels = new Map(
    Object.entries(given).map(([name, channel]): [string, Channel] => [name, toChannel(channel)]),
  )
  for (const [name, channel] of channels) {
    const why = whyNoChannel(channel)
    if (why !== undefined) throw new TypeError(`Cannot use alerts.channels.${name}: ${why}.`)
  }
  return channels
}

function toChannel(given: Channel | Notifier): Channel {
  return isRecord(given) && "notifier" in given ? (given as Channel) : { notifier: given as Notifier }
}

const known: { readonly [Key in keyof Required<Channel>]: true } = {
  ...{ notifier: true, minSeverity: true, functions: true, organisations: true, labels: true },
  ...{ resolved: true, quietHours: true },
}

/** Says what is wrong with a channel: what is mistyped would have it told of nothing, or of everything. */
function whyNoChannel(channel: Channel): string | undefined {
  const { notifier, minSeverity = "low", functions = [], organisations = [], labels = {}, quietHours } = channel
  const unknown = Object.keys(channel).find((key) => !Object.hasOwn(known, key))
  if (typeof notifier?.notify !== "function") return "notifier: it has no method notify"
  if (unknown !== undefined) return `${unknown} is not known: there are ${Object.keys(known).join(", ")}`
  if (!alertSeverities.includes(minSeverity)) return `minSeverity must be one of ${alertSeverities.join(", ")}`
  if (!isTexts(functions)) return "functions must be a list of names and patterns"
  if (!isTexts(organisations)) return "organisations must be a list of ids"
  if (!isRecord(labels) || !isTexts(Object.values(labels))) return "labels must be texts by their names"
  const why = quietHours === undefined ? undefined : whyNoQuietHours(quietHours)
  return why && `quietHours: ${why}`
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string")
}

/** Whether a channel hears of an organisation. */
export function hearsOf({ organisations }: Channel, organisation: string): boolean {
  return organisations === undefined || organisations.includes(organisation)
}

/** Whether a channel hears of this alert; a rule that names its channels has chosen already. */
export function isMeant(channel: Channel, { severity, function: name, organisation, labels }: Alert): boolean {
  const { minSeverity = "low", functions, labels: wanted = {} } = channel
  return (
    alertSeverities.indexOf(severity) >= alertSeverities.indexOf(minSeverity) &&
    (functions === undefined || functions.some((pattern) => isNamed(pattern, name))) &&
    hearsOf(channel, organisation) &&
    Object.entries(wanted).every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value)
  )
}

/** When the channel may be told of an alert: now, or when its quiet hours are over. */
export function deliverableAt({ quietHours }: Channel, severity: AlertSeverity, now: number): number {
  if (quietHours === undefined) return now
  const { upTo = "high" } = quietHours
  return alertSeverities.indexOf(severity) > alertSeverities.indexOf(upTo) ? now : endOfQuiet(quietHours, now)
}
