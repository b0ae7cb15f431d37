/**
 * Tells a channel of Slack of alerts, by an incoming webhook.
 *
 * ```ts
 * import { slackNotifier } from "inlay/notifier/slack"
 *
 * slackNotifier({ url: process.env.SLACK_WEBHOOK_URL })
 * ```
 *
 * @module
 */
import type { EgressRules } from "../../src/model/egress.ts"
import type { Notifier } from "../../src/ports/notifier.ts"
import { checkOptions, type Known } from "./check-options.ts"
import { cutText } from "./cut-text.ts"
import { checkUrl, post, toJson } from "./post.ts"

/** Which channel. */
export interface SlackNotifierOptions {
  /** The address of the incoming webhook: a secret. */
  readonly url: string
  /** What the address may be. @default public addresses */
  readonly egress?: EgressRules
}

const known: Known<SlackNotifierOptions> = { url: true, egress: true }

/** What Slack takes of one block's text. */
const maxHeader = 150
const maxSection = 3000

/** Posts messages as plain text: nothing in them is a mention, a link or markup. */
export function slackNotifier(options: SlackNotifierOptions): Notifier {
  checkOptions("Slack", options, known)
  const url = checkUrl("Slack webhook's url", options.url)
  return {
    type: "slack",
    async notify({ title, lines }, context) {
      const plain = (text: string) => ({ type: "plain_text", text, emoji: false })
      const body = toJson({
        // What notifications of the desktop show; it is read as markup.
        text: escapeMarkup(title),
        unfurl_links: false,
        unfurl_media: false,
        blocks: [
          { type: "header", text: plain(cutText(title, maxHeader)) },
          { type: "section", text: plain(cutText(lines.join("\n"), maxSection)) },
        ],
      })
      await post({ service: "Slack", url, body, egress: options.egress }, context)
    },
  }
}

/** The three characters that begin mentions, links and entities in Slack's markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
