/**
 * Pushes alerts to phones and desktops, by ntfy.
 *
 * ```ts
 * import { ntfyNotifier } from "inlay/notifier/ntfy"
 *
 * ntfyNotifier({ topic: "inlay-alerts-7f3a", token: process.env.NTFY_TOKEN })
 * ```
 *
 * @module
 */

import { checkKeys } from "../../src/model/check-keys.ts"
import type { EgressRules } from "../../src/model/egress.ts"
import type { AlertSeverity } from "../../src/model/severity.ts"
import type { Notifier } from "../../src/ports/notifier.ts"
import { checkOptions, type Known } from "./check-options.ts"
import { checkUrl, post, toJson } from "./post.ts"

/** Which topic. */
export interface NtfyNotifierOptions {
  /** Whoever knows the name of a public server's topic reads it: a secret there. 1 to 64 letters, digits, `_` and `-`. */
  readonly topic: string
  /** The server. @default "https://ntfy.sh" */
  readonly url?: string
  /** An access token, where the server wants one. */
  readonly token?: string
  /** From 1 to 5, by severity. @default 2, 3, 4 and 5 */
  readonly priorities?: Readonly<Partial<Record<AlertSeverity, 1 | 2 | 3 | 4 | 5>>>
  /** What the address may be. @default public addresses */
  readonly egress?: EgressRules
}

const known: Known<NtfyNotifierOptions> = { topic: true, url: true, token: true, priorities: true, egress: true }

const usual = { low: 2, medium: 3, high: 4, critical: 5 } as const

/** What ntfy takes of a title and a message before it makes them files: bytes. */
const maxTitle = 250
const maxMessage = 4000

/** Publishes JSON, so that no text becomes a header; nothing in it is read as markup. */
export function ntfyNotifier(options: NtfyNotifierOptions): Notifier {
  checkOptions("ntfy", options, known)
  const { topic, token, priorities = {}, egress } = options
  const url = checkUrl("ntfy url", options.url ?? "https://ntfy.sh")
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(topic)) {
    throw new TypeError('Cannot use the ntfy topic: it must be 1 to 64 letters, digits, "_" and "-".')
  }
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError("Cannot use the ntfy token: it must be letters, digits and signs without spaces.")
  }
  checkPriorities(priorities)
  return {
    type: "ntfy",
    async notify({ title, lines, ...about }, context) {
      const message = {
        topic,
        title: cut(title, maxTitle),
        message: cut(lines.join("\n"), maxMessage),
        priority: about.reason === "digest" ? 2 : { ...usual, ...priorities }[about.alert.severity],
        tags: [about.reason === "resolved" ? "white_check_mark" : about.reason === "digest" ? "bar_chart" : "warning"],
      }
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      await post({ service: "ntfy", url, headers, body: toJson(message), egress }, context)
    },
  }
}

function checkPriorities(priorities: object): void {
  checkKeys("use the ntfy notifier", priorities, Object.keys(usual), "priorities.")
  if (Object.values(priorities).every((one) => one === undefined || [1, 2, 3, 4, 5].includes(one))) return
  throw new TypeError("Cannot use the ntfy priorities: they must be whole numbers from 1 to 5.")
}

/** The beginning of a text, of so many bytes at most. */
function cut(text: string, maxBytes: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, maxBytes)).replace(/\ufffd+$/, "")
}
