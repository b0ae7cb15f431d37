import assert from "node:assert/strict"
import { DeliveryError } from "../errors/delivery-error.ts"
import type { HttpClient } from "../ports/http-client.ts"
import type { AlertNotification, NotificationReason, Notifier } from "../ports/notifier.ts"
import type { ContractRunner } from "./contract-runner.ts"
import { sampleAlert } from "./storage-contract/samples.ts"

/** A notifier under test, with the other side that it tells. */
export interface OpenNotifier {
  readonly notifier: Notifier
  /** One that reaches the other side. */
  readonly http: HttpClient
  /** What a reader of each message that was taken sees: its title and its lines, without markup or encodings. */
  shown(): readonly string[] | Promise<readonly string[]>
  /** Has the other side be in trouble that passes, until it is told otherwise. Absent where it cannot be. */
  trouble?(isOn: boolean): void
  /** Has the other side refuse what it is sent, for a reason that stays. Absent where it does not. */
  refuse?(): void
  close(): Promise<void>
}

/**
 * The contract of the notifier port as tests: whoever writes a notifier runs it with the own test runner.
 *
 * ```ts
 * notifierContract({ describe, it, beforeEach, afterEach }, async () => openMyNotifierAndItsServer())
 * ```
 */
export function notifierContract(runner: ContractRunner, open: () => Promise<OpenNotifier>): void {
  const { describe, it, beforeEach, afterEach } = runner
  let opened: OpenNotifier | undefined
  const subject = (): OpenNotifier => {
    assert(opened, "beforeEach has not run")
    return opened
  }
  const notify = (notification: AlertNotification, signal = AbortSignal.timeout(10_000)) =>
    subject().notifier.notify(notification, { http: subject().http, signal, now: Date.now })

  describe("notifier contract", () => {
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(async () => {
      await opened?.close()
      opened = undefined
    })

    it("tells the title and the lines, once", async () => {
      await notify(example())
      const [message, ...others] = await subject().shown()
      assert(message !== undefined, "nothing was taken")
      assert(message.includes("Alert [high] Slow calls: transform"), message)
      assert(message.includes("transform took 150000 ms, over 120000 ms."), message)
      assert.deepEqual(others, [])
    })

    it("tells that an alert is over", async () => {
      await notify({ ...example(), reason: "resolved", title: "Resolved [high] Slow calls: transform" })
      assert.match((await subject().shown()).join("\n"), /Resolved|resolve/)
    })

    it("tells a report, or passes it over", async () => {
      const range = { from: 0, to: 86_400_000 }
      const digest = { organisation: "default", name: "daily", every: "day" as const, range, functions: [], count: 0 }
      const { id, lines } = example()
      await notify({ id, lines, reason: "digest", alert: null, digest, title: "Daily report from 1970-01-01: default" })
      const shown = await subject().shown()
      if (shown.length > 0) assert.match(shown.join("\n"), /Daily report from 1970-01-01: default/)
    })

    it("leaves text that looks like markup, mentions and escapes as the text that it is", async () => {
      const hostile = '<!channel> <https://evil.example|click> *bold* &amp; <b>"quoted"</b> ${jndi} =1+1'
      await notify({ ...example(), title: `Alert [high] ${hostile}`, lines: [hostile] })
      const [message] = await subject().shown()
      assert(message?.includes(hostile), message)
    })

    it("rejects while the other side is in trouble, and tells it when that is over", async () => {
      const { trouble } = subject()
      if (!trouble) return
      trouble(true)
      await assert.rejects(notify(example()), (error) => !(error instanceof DeliveryError && error.final))
      trouble(false)
      await notify(example())
      assert.equal((await subject().shown()).length, 1)
    })

    it("rejects for good where the other side will never take it", async () => {
      const { refuse } = subject()
      if (!refuse) return
      refuse()
      await assert.rejects(notify(example()), (error) => error instanceof DeliveryError && error.final)
    })

    it("tells several at once, each by itself", async () => {
      const all = ["a", "b", "c"].map((name) => ({
        ...example(),
        id: `id-${name}`,
        title: `Alert [low] ${name}: transform`,
      }))
      await Promise.all(all.map((notification) => notify(notification)))
      assert.equal((await subject().shown()).length, 3)
    })
  })
}

function example(): AlertNotification & { readonly reason: NotificationReason } {
  return {
    id: "019b7700-0000-7000-8000-000000000001",
    reason: "firing",
    title: "Alert [high] Slow calls: transform",
    lines: ["transform took 150000 ms, over 120000 ms.", "Happened once, last at 2026-01-01T00:00:00.000Z."],
    alert: sampleAlert("default", { function: "transform" }),
    digest: null,
  }
}
