/**
 * Opens and resolves incidents of PagerDuty, by its Events API v2.
 *
 * ```ts
 * import { pagerDutyNotifier } from "inlay/notifier/pagerduty"
 *
 * pagerDutyNotifier({ routingKey: process.env.PAGERDUTY_ROUTING_KEY })
 * ```
 *
 * @module
 */

import type { EgressRules } from "../../src/model/egress.ts"
import type { AlertSeverity } from "../../src/model/severity.ts"
import type { Notifier } from "../../src/ports/notifier.ts"
import { checkOptions, type Known } from "./check-options.ts"
import { cutText } from "./cut-text.ts"
import { checkUrl, post, toJson } from "./post.ts"

/** Which service of PagerDuty. */
export interface PagerDutyNotifierOptions {
  /** The integration key: 32 characters. */
  readonly routingKey: string
  /** Where a region has its own. @default "https://events.pagerduty.com/v2/enqueue" */
  readonly url?: string
  /** What incidents name as their source. @default "inlay" */
  readonly source?: string
  /** What the address may be. @default public addresses */
  readonly egress?: EgressRules
}

const known: Known<PagerDutyNotifierOptions> = { routingKey: true, url: true, source: true, egress: true }

const severities: Readonly<Record<AlertSeverity, string>> = {
  low: "info",
  medium: "warning",
  high: "error",
  critical: "critical",
}

/** What PagerDuty takes of a summary. */
const maxSummary = 1024

/** An alert is one incident: told again it is the same, and resolved with it. Reports are passed over. */
export function pagerDutyNotifier(options: PagerDutyNotifierOptions): Notifier {
  checkOptions("PagerDuty", options, known)
  const { routingKey, source = "inlay", egress } = options
  const url = checkUrl("PagerDuty url", options.url ?? "https://events.pagerduty.com/v2/enqueue")
  if (!/^[A-Za-z0-9]{32}$/.test(routingKey)) {
    throw new TypeError("Cannot use the PagerDuty routing key: it must be 32 letters and digits.")
  }
  if (typeof source !== "string" || source === "") {
    throw new TypeError("Cannot use the PagerDuty source: it must be a text.")
  }
  return {
    type: "pagerduty",
    async notify({ reason, title, lines, alert }, context) {
      // A report is no incident.
      if (!alert) return
      const event = {
        routing_key: routingKey,
        event_action: reason === "resolved" ? "resolve" : "trigger",
        dedup_key: alert.id,
        payload: {
          summary: cutText(title, maxSummary),
          source,
          severity: severities[alert.severity],
          timestamp: new Date(alert.lastAt).toISOString(),
          ...(alert.function !== null && { component: alert.function }),
          group: alert.organisation,
          class: alert.rule.name,
          custom_details: { lines, alert },
        },
      }
      await post({ service: "PagerDuty", url, body: toJson(event), egress }, context)
    },
  }
}
